"""Variables that narrow what a request is about: each has to have a value, as the request is about more without it.

GraphQL leaves out a member of an input whose variable has no value (October 2021, section 3.10). That is what a client
wants of an argument such as `filter: $filter`. Within a filter it is not: a filter that lacks a comparison holds for
more records. Some members of other inputs narrow in the same way: without them a mutation is about more, does more, or
is carried out in more cases.
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
    ("BatchReplaceInput", "collection"): _INPUT,
    ("MeasureInput", "field"): "a measure",
    ("PutCollectionInput", "retention"): _INPUT,
    ("PutCollectionInput", "schema"): _INPUT,
    ("PutConsumerInput", "cursor"): _INPUT,
    ("PutWebhookInput", "collection"): _INPUT,
    ("PutWebhookInput", "enabled"): _INPUT,
    ("ReplaceRecordInput", "collection"): _INPUT,
    ("ReplayDeadLettersInput", "id"): _INPUT,
    ("RevertCollectionInput", "dryRun"): _INPUT,
}
"""Members of inputs that stand for more when they are left out, and what such an input is called."""

_PRECONDITIONS: Final = frozenset({"expectedVersion", "expectExisting"})
"""Members of any input, those of extensions included, without which a mutation is carried out in any state."""


@dataclass(frozen=True, slots=True, order=True)
class NarrowingVariable:
    """A variable that a request is about more without.

    Attributes:
        name: The variable, without the dollar.
        within: What it stands in, with its article: "a filter".
    """

    name: str
    within: str


def narrowing_variables(node: FieldNode, definition: GraphQLField) -> frozenset[NarrowingVariable]:
    """Returns the variables among a field's arguments that stand within filters, or are members that narrow.

    A filter is an input whose type is called so: `RecordFilter` is one.
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
                narrowed = (
                    _INPUT if (name := member.name.value) in _PRECONDITIONS else _NARROWING.get((named.name, name))
                )
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
