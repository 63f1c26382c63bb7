"""The fields of the roots, and what resolvers need."""
