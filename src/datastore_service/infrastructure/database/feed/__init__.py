"""The log of changes in PostgreSQL, and what tells that it has grown."""
