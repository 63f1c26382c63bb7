"""The rules of the store: pure, with no framework and no I/O."""
