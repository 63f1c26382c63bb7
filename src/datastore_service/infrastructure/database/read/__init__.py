"""Turns criteria and selections into SQL, and rows into JSON text."""
