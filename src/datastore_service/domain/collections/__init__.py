"""Collections: what records are sorted into, and what their payloads have to be."""
