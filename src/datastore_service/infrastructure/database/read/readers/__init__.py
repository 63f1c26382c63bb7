"""The readers of the read side, on the views."""
