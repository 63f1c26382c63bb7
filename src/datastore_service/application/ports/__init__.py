"""What the use cases need of the world, named by role; the infrastructure provides it."""
