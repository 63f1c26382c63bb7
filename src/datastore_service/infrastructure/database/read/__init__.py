"""Criteria and selections become SQL, and rows become JSON text."""
