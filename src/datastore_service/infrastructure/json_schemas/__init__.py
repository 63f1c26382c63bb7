"""JSON Schemas: what may be put, what it costs, and which documents fit."""
