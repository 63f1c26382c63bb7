"""The write side's repositories on PostgreSQL, one aggregate a file."""
