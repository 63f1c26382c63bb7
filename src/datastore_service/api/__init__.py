"""The doors: REST and GraphQL translate, send to the mediator, and translate back."""
