"""Records in bulk: lines of NDJSON or CSV in, and out."""
