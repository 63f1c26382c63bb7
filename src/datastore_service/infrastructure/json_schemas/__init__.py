"""JSON Schemas: which ones are accepted, what a validation costs, and which documents conform."""
