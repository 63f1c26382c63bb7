"""The interface layer: REST and GraphQL translate requests into messages, send them, and translate the results."""
