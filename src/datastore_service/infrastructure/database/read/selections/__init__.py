"""Whole responses that PostgreSQL writes as JSON text in one statement (docs/explanation/compiled-graphql.md)."""
