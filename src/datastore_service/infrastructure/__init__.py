"""Adapters: implementations of the application's ports, with PostgreSQL and the machine."""
