"""Narrowing variables: without a value the request would match more or do more, so each must have one.

GraphQL leaves out an input's member if its variable has no value (October 2021, section 3.10). A client wants that for
an argument such as `filter: $filter`, but not inside a filter: a filter without one of its comparisons matches more
records. Some members of other inputs narrow in the same way: without them a mutation concerns more or does more.
Preconditions such as `expectedVersion` are not among them: clients leave out optional variables to write in any state.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

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

_FILTER: Final = "a filter"
_INPUT: Final = "an input"
_NARROWING: Final = {
    ("MeasureInput", "field"): "a measure",
    ("PutCollectionInput", "retention"): _INPUT,
    ("PutCollectionInput", "schema"): _INPUT,
    ("PutConsumerInput", "cursor"): _INPUT,
    ("PutWebhookInput", "collection"): _INPUT,
    ("ReplayDeadLettersInput", "id"): _INPUT,
    ("RevertCollectionInput", "dryRun"): _INPUT,
}
"""Members of inputs that match more when they are left out, and the name of such an input in errors."""


@dataclass(frozen=True, slots=True, order=True)
class NarrowingVariable:
    """A variable without whose value the request would match more.

    Attributes:
        name: The variable's name without the dollar sign.
        within: The input that contains it, with an article, such as "a filter".
    """

    name: str
    within: str


def narrowing_variables(node: FieldNode, definition: GraphQLField) -> frozenset[NarrowingVariable]:
    """Returns the variables in a field's arguments that are inside filters, or in members that narrow.

    A filter is an input whose type name says so, such as `RecordFilter`.
    """
    arguments = [(argument.value, definition.args.get(argument.name.value)) for argument in node.arguments or ()]
    return frozenset(
        variable for value, known in arguments if known for variable in _found(value, cast("Any", known).type)
    )


def _found(value: ValueNode, kind: Any) -> Iterator[NarrowingVariable]:  # noqa: ANN401 - any GraphQLInputType
    match value:
        case ListValueNode():
            for item in value.values:
                yield from _found(item, kind)
        case ObjectValueNode() if isinstance(named := cast("object", get_named_type(kind)), GraphQLInputObjectType):
            if named.name.endswith("Filter"):
                yield from (NarrowingVariable(name, _FILTER) for name in _all_in(value))
                return
            for member in value.fields:
                narrowed = _NARROWING.get((named.name, name := member.name.value))
                if narrowed and isinstance(member.value, VariableNode):
                    yield NarrowingVariable(member.value.name.value, narrowed)
                elif name in named.fields:
                    yield from _found(member.value, named.fields[name].type)
        case _:
            pass


def _all_in(value: ValueNode) -> list[str]:
    found: list[str] = []

    class Variables(Visitor):
        def enter_variable(self, node: VariableNode, *_: object) -> None:
            found.append(node.name.value)

    visit(value, Variables())
    return found
