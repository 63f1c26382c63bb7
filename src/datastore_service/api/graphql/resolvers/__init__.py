"""The root fields, and helpers of resolvers."""
