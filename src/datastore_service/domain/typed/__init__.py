"""Typed collections: which types, names and rules a JSON Schema stands for, and what changes from one to the next."""
