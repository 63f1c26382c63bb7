"""The bodies of REST requests and responses."""
