"""The record: a JSON document with an identity, a version and tags."""
