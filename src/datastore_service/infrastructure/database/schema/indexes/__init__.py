"""The indexes that operators request: which ones there are, and how they are built while the service serves."""
