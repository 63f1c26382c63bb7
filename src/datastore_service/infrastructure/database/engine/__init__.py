"""Connections, pools, prepared statements, batching and the translation of errors, without knowledge of records."""
