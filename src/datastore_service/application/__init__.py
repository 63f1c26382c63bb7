"""The use cases: commands that change the store and queries that read it, sent through a mediator."""
