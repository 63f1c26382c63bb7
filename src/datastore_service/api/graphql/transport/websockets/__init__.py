"""GraphQL over WebSockets: the graphql-transport-ws protocol, on Strawberry's handler of it."""
