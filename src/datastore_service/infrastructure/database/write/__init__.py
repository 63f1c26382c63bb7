"""Writes changes by one statement, or by the statements of a transaction with locks."""
