"""A self-contained PostgreSQL-backed store of JSON records, with REST and GraphQL."""
