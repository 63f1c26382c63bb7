"""The service for the bearers of signed tokens, with rules for each collection."""
