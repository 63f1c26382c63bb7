"""The selections of a document, for resolvers that read only what is selected."""

from collections.abc import Iterable, Iterator
from typing import Any

from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionSetNode

from datastore_service.api.graphql.context import Info
from datastore_service.application.read.selections import Selected
from datastore_service.application.views import COSTLY_MEMBERS, CostlyMember
from datastore_service.library_internals.strawberry import core_info


def costly_members(info: Info) -> frozenset[CostlyMember]:
    """Returns the costly members that are selected from the records in the resolver's connection."""
    raw = core_info(info)
    connection = list(_fields(raw, (node.selection_set for node in raw.field_nodes)))
    edges = list(_fields(raw, _of(connection, "edges")))
    names = {node.name.value for node in _fields(raw, [*_of(connection, "nodes"), *_of(edges, "node")])}
    return frozenset(member for member in COSTLY_MEMBERS if member in names)


def costly_members_of(connection: Selected) -> frozenset[CostlyMember]:
    """Returns the same of a connection that is compiled."""
    edges = [node for each in _members(connection, "edges") for node in _members(each, "node")]
    records = [*_members(connection, "nodes"), *edges]
    return frozenset(member for member in COSTLY_MEMBERS if any(record.has(member) for record in records))


def _members(shape: Selected, name: str) -> Iterator[Selected]:
    return (member for member in shape.members if isinstance(member, Selected) and member.name == name)


def _of(nodes: Iterable[FieldNode], name: str) -> list[SelectionSetNode | None]:
    return [node.selection_set for node in nodes if node.name.value == name]


def _fields(info: GraphQLResolveInfo[Any], selections: Iterable[SelectionSetNode | None]) -> Iterator[FieldNode]:
    """Returns the selected fields, including those in fragments and those that a condition leaves out.

    Each fragment is visited once, however often it is spread, because skipped fields are not in the document's cost.
    """
    waiting, spread = list(selections), set[str]()
    while waiting:
        selection_set = waiting.pop()
        for selection in selection_set.selections if selection_set else ():
            match selection:
                case FieldNode():
                    yield selection
                case InlineFragmentNode():
                    waiting.append(selection.selection_set)
                case FragmentSpreadNode(name=name) if name.value not in spread:
                    spread.add(name.value)
                    waiting.append(info.fragments[name.value].selection_set)
                case _:
                    pass
