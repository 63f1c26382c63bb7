"""Documents that are read in one statement (docs/explanation/compiled-graphql.md).

A query is turned into a plan once: a tree of what to read, and in what shape. Each request binds its variables to it
and sends what the store answers. Whatever is out of the ordinary, an error most of all, is left to Strawberry.
"""
