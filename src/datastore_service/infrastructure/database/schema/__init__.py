"""The tables, the views, and the revision of the schema."""
