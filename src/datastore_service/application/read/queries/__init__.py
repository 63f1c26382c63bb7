"""What reads the store, one use case a file."""
