"""What queries need from outside."""
