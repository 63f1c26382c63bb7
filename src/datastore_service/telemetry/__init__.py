"""What the service tells of itself to those who watch it: numbers and traces."""
