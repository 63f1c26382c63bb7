"""What surrounds queries alone."""
