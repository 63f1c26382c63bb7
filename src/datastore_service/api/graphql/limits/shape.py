"""Limits that depend only on a document's text: depth, aliases, root fields.

Each fragment is measured once, however often it is spread, so the work grows with the length of the text, not with its
expansion. `@skip` and `@include` are ignored: whether a document is accepted does not depend on variables.
variables are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from datastore_service.api.graphql.limits.refusal import DocumentRefused
from datastore_service.config.settings import GraphQLSettings

_INTROSPECTION: Final = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True)
class Shape:
    """The measures of an expanded selection set.

    Attributes:
        depth: The largest depth of nested fields; everything below `__schema` and `__type` counts as one level.
        aliases: The number of aliased fields, including those in fragments.
        fields: The number of fields at the first level, including those of fragments.
    """

    depth: int = 0
    aliases: int = 0
    fields: int = 0


def check_shape(document: DocumentNode, settings: GraphQLSettings) -> None:
    """Refuses a document if one of its operations exceeds a limit.

    Raises:
        DocumentRefused: An operation exceeds a limit.
    """
    shapes = _Shapes(document)
    try:
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                _check(shapes.of(definition.selection_set), settings)
    except RecursionError:
        raise too_deep(settings) from None


def too_deep(settings: GraphQLSettings) -> DocumentRefused:
    """Returns the error of a document that nests fields, or fragments, too deeply."""
    return DocumentRefused(
        "document_too_deep", f"The document is nested too deeply; the maximum is {settings.max_depth} levels of fields."
    )


def _check(shape: Shape, settings: GraphQLSettings) -> None:
    if shape.depth > settings.max_depth:
        raise too_deep(settings)
    if shape.fields > settings.max_root_fields:
        raise DocumentRefused(
            "too_many_root_fields",
            f"The operation has {shape.fields} fields at its root; the maximum is {settings.max_root_fields}.",
        )
    if shape.aliases > settings.max_aliases:
        raise DocumentRefused(
            "too_many_aliases", f"The operation has {shape.aliases} aliases; the maximum is {settings.max_aliases}."
        )


class _Shapes:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments: Mapping[str, FragmentDefinitionNode] = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._measured: dict[str, Shape] = {}

    def of(self, selections: SelectionSetNode | None) -> Shape:
        parts = [self._of_one(selection) for selection in selections.selections] if selections else []
        return Shape(
            depth=max((part.depth for part in parts), default=0),
            aliases=sum(part.aliases for part in parts),
            fields=sum(part.fields for part in parts),
        )

    def _of_one(self, selection: SelectionNode) -> Shape:
        match selection:
            case FieldNode():
                within = self.of(selection.selection_set)
                depth = 0 if selection.name.value in _INTROSPECTION else within.depth
                return Shape(1 + depth, within.aliases + bool(selection.alias), 1)
            case InlineFragmentNode():
                return self.of(selection.selection_set)
            case FragmentSpreadNode():
                return self._of_fragment(selection.name.value)
            case _:
                return Shape()

    def _of_fragment(self, name: str) -> Shape:
        if name not in self._measured:
            # Validation reports a fragment that spreads itself or does not exist.
            self._measured[name] = Shape()
            if name in self._fragments:
                self._measured[name] = self.of(self._fragments[name].selection_set)
        return self._measured[name]
