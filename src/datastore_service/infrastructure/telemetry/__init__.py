"""What infrastructure tells of itself."""
