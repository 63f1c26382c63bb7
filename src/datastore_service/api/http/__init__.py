"""What REST and GraphQL have in common: problems, ETags, preferences, idempotency, negotiation, authentication."""
