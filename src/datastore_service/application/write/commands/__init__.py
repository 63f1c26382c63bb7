"""What changes the store, one use case a file."""
