"""What the use cases of the change log need from outside."""
