"""Limits on what one document may request, checked before it is executed."""
