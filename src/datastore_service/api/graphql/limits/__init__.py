"""How much one document may ask for, found out before any of it is executed."""
