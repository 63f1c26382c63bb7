"""The change log in PostgreSQL, and the notifications of new changes."""
