"""Compiles documents that one message can answer (docs/explanation/compiled-graphql.md).

A document is compiled once into a plan: for a query a tree of what to read, for a mutation a command, each with the
shape of its response. Each request binds its variables to the plan. Strawberry executes everything unusual, in
particular errors.
"""
