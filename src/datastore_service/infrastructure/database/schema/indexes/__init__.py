"""The indexes that operators ask for: which there are to be, and how they are built while the service serves."""
