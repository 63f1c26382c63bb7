"""Documents: where their texts come from, and what is made of a text once for all requests."""
