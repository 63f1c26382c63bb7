"""Whole answers, built by PostgreSQL as JSON text in one statement (docs/explanation/compiled-graphql.md)."""
