"""Connections, pools, prepared statements, batching and the translation of errors; none of it knows a record."""
