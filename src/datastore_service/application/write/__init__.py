"""The command side."""
