"""GraphQL as a page, from the schema."""

from collections.abc import Iterator
from typing import Final

from graphql import FieldDefinitionNode, ObjectTypeDefinitionNode, parse, print_ast

from docsite.markdown import block, page, table

_INTRODUCTION: Final = """
Requests go to `/graphql` (GraphQL over HTTP): POST with a JSON body, or GET for queries. A browser that opens the
address gets GraphiQL. What can be done here can be done through [REST](rest.md), too, and the `code` in an error's
`extensions` is [the same](errors.md).
"""


_ROOTS: Final = {"Query": "Queries", "Mutation": "Mutations", "Subscription": "Subscriptions"}


def graphql_page(sdl: str) -> str:
    """Returns the page of the fields to start from, and of the whole schema."""
    return page("# GraphQL", _INTRODUCTION, *_fields(sdl), "## The schema", block("graphql", sdl))


def _fields(sdl: str) -> Iterator[str]:
    types = {each.name.value: each for each in parse(sdl).definitions if isinstance(each, ObjectTypeDefinitionNode)}
    for name, title in _ROOTS.items():
        if root := types.get(name):
            yield f"## {title}"
            yield _text(root)
            yield table(["field", "arguments", "what it does"], [_row(field) for field in root.fields or ()])


def _row(field: FieldDefinitionNode) -> tuple[str, str, str]:
    arguments = [f"`{each.name.value}: {print_ast(each.type)}`" for each in field.arguments or ()]
    return f"`{field.name.value}: {print_ast(field.type)}`", "<br>".join(arguments) or "none", _text(field)


def _text(node: ObjectTypeDefinitionNode | FieldDefinitionNode) -> str:
    return node.description.value if node.description else ""
