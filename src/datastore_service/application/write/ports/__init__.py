"""What commands need from outside."""
