"""The limits that a document's text alone decides: depth, aliases, root fields.

Each fragment is measured once, however often it is spread, so that the work grows with the length of the text and not
with what the text unfolds to. `@skip` and `@include` are disregarded: a document is refused or taken whatever its
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
    """What a selection set unfolds to.

    Attributes:
        depth: The largest depth of nested fields; what is below `__schema` and `__type` counts as one.
        aliases: How many fields have an alias, through all fragments.
        fields: How many fields it has itself, through all fragments.
    """

    depth: int = 0
    aliases: int = 0
    fields: int = 0


def check_shape(document: DocumentNode, settings: GraphQLSettings) -> None:
    """Makes sure that every operation of a document is within the limits.

    Raises:
        DocumentRefused: One is not.
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
        "document_too_deep", f"The document is nested too deeply; fields may be {settings.max_depth} levels deep."
    )


def _check(shape: Shape, settings: GraphQLSettings) -> None:
    if shape.depth > settings.max_depth:
        raise too_deep(settings)
    if shape.fields > settings.max_root_fields:
        raise DocumentRefused(
            "too_many_root_fields",
            f"The operation has {shape.fields} fields at its root; it may have {settings.max_root_fields}.",
        )
    if shape.aliases > settings.max_aliases:
        raise DocumentRefused(
            "too_many_aliases", f"The operation has {shape.aliases} aliases; it may have {settings.max_aliases}."
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
            # What spreads itself, or is not there, is for the validation to tell.
            self._measured[name] = Shape()
            if name in self._fragments:
                self._measured[name] = self.of(self._fragments[name].selection_set)
        return self._measured[name]
