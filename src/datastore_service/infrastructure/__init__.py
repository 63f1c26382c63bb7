"""Adapters: how the ports of the application are met with PostgreSQL and the machine."""
