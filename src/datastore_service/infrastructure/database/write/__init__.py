"""Changes become one statement, or the statements of a transaction with locks."""
