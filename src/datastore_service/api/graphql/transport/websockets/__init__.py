"""GraphQL over WebSockets: the protocol graphql-transport-ws, on Strawberry's handler of it."""
