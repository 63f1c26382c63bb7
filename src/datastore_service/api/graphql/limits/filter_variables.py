"""Variables within filters: each has to have a value, as a filter that lacks a comparison holds for more records.

GraphQL leaves out a member of an input whose variable has no value (October 2021, section 3.10). That is what a client
wants of an argument such as `filter: $filter`, and not within a filter.
"""

from collections.abc import Iterator
from typing import Any, cast

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    Visitor,
    get_named_type,
    visit,
)


def variables_in_filters(node: FieldNode, definition: GraphQLField) -> frozenset[str]:
    """Returns the names of the variables that stand within the filters among a field's arguments.

    A filter is an input whose type is called so: `RecordFilter` is one.
    """
    arguments = [(argument.value, definition.args.get(argument.name.value)) for argument in node.arguments or ()]
    return frozenset(name for value, known in arguments if known for name in _found(value, cast("Any", known).type))


def _found(value: ValueNode, kind: Any) -> Iterator[str]:  # noqa: ANN401 - any GraphQLInputType
    match value:
        case ListValueNode():
            for item in value.values:
                yield from _found(item, kind)
        case ObjectValueNode() if isinstance(named := cast("object", get_named_type(kind)), GraphQLInputObjectType):
            if named.name.endswith("Filter"):
                yield from _all_in(value)
                return
            for member in value.fields:
                if member.name.value in named.fields:
                    yield from _found(member.value, named.fields[member.name.value].type)
        case _:
            pass


def _all_in(value: ValueNode) -> list[str]:
    found: list[str] = []

    class Variables(Visitor):
        def enter_variable(self, node: VariableNode, *_: object) -> None:
            found.append(node.name.value)

    visit(value, Variables())
    return found
