"""The write side's repositories on PostgreSQL, one file for each aggregate."""
