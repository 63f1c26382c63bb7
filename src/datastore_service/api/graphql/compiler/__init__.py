"""Documents that are answered by one message (docs/explanation/compiled-graphql.md).

A document is turned into a plan once: for a query a tree of what to read, for a mutation a command, and in what shape
either is answered. Each request binds its variables to it. Whatever is out of the ordinary, an error most of all, is
left to Strawberry.
"""
