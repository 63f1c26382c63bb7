"""What surrounds commands alone."""
