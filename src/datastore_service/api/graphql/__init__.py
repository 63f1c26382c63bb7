"""GraphQL over HTTP, on Strawberry."""
