"""The commands and queries of the change log, one a file."""
