"""What `generate.py` writes with."""
