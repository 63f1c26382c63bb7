"""The cost of an operation: the maximum number of fields in its response.

Each field counts once for each time that it may occur: 50 times below a page of 50 records. If page sizes or conditions
are variables, the cost is computed for each request, otherwise once for each document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
    is_interface_type,
    is_object_type,
)

from datastore_service.api.graphql.limits.narrowing_variables import NarrowingVariable, narrowing_variables
from datastore_service.config.settings import LimitSettings

_PAGE: Final = ("first", "last")
_IDS: Final = "ids"
_SIZES: Final = frozenset({*_PAGE, _IDS})


@dataclass(slots=True)
class Costing:
    """Computes the cost of one operation with one set of variables.

    Attributes:
        steering: The variables that influenced the cost.
        needed: The narrowing variables without a default in the counted fields.
    """

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    limits: LimitSettings
    variables: Mapping[str, Any]
    steering: set[str] = field(default_factory=set[str])
    needed: set[NarrowingVariable] = field(default_factory=set[NarrowingVariable])
    _defaults: dict[str, ValueNode] = field(default_factory=dict[str, ValueNode])
    _added_up: dict[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])

    def of(self, operation: OperationDefinitionNode) -> int:
        """Returns the cost of a valid operation."""
        self._defaults = {
            definition.variable.name.value: definition.default_value
            for definition in operation.variable_definitions or ()
            if definition.default_value
        }
        return self._selections(operation.selection_set, self.schema.get_root_type(operation.operation), 1)

    def _selections(self, selections: SelectionSetNode | None, parent: GraphQLCompositeType | None, items: int) -> int:
        found = selections.selections if selections else ()
        return sum(self._one(selection, parent, items) for selection in found if not self._left_out(selection))

    def _one(self, selection: SelectionNode, parent: GraphQLCompositeType | None, items: int) -> int:
        match selection:
            case FieldNode():
                return self._field(selection, parent, items)
            case InlineFragmentNode(type_condition=condition):
                return self._selections(
                    selection.selection_set, self._type(condition.name.value) if condition else parent, items
                )
            case FragmentSpreadNode():
                return self._fragment(selection.name.value, items)
            case _:
                return 0

    def _fragment(self, name: str, items: int) -> int:
        if (name, items) not in self._added_up:
            fragment = self.fragments[name]
            self._added_up[name, items] = self._selections(
                fragment.selection_set, self._type(fragment.type_condition.name.value), items
            )
        return self._added_up[name, items]

    def _field(self, node: FieldNode, parent: GraphQLCompositeType | None, items: int) -> int:
        definition = _definition(parent, node.name.value)
        if definition is None:
            return 1 + self._selections(node.selection_set, None, 1)
        narrowing = narrowing_variables(node, definition)
        self.needed.update(variable for variable in narrowing if variable.name not in self._defaults)
        its_items = self._size(node, definition)
        times = (its_items or items) if _is_list(definition) else 1
        return 1 + times * self._selections(node.selection_set, _type_below(definition), its_items or 1)

    def _size(self, node: FieldNode, definition: GraphQLField) -> int | None:
        """Returns the number of items that the field's arguments request; None if it has no such arguments."""
        given = {
            argument.name.value: self._value(argument.value)
            for argument in node.arguments or ()
            if argument.name.value in _SIZES
        }
        if _IDS in definition.args:
            ids = given.get(_IDS)
            return max(1, len(cast("list[object]", ids))) if isinstance(ids, list) else 1
        if not any(name in definition.args for name in _PAGE):
            return None
        sizes = [size for name in _PAGE if isinstance(size := given.get(name), int)]
        # A size above the largest page is refused elsewhere, with an error that names the argument.
        return max(1, min(max(sizes, default=self.limits.page_size_default), self.limits.page_size_max))

    def _left_out(self, selection: SelectionNode) -> bool:
        return any(
            self._value(argument.value) is (directive.name.value == "skip")
            for directive in selection.directives or ()
            if directive.name.value in {"skip", "include"}
            for argument in directive.arguments or ()
        )

    def _value(self, node: ValueNode) -> object:
        match node:
            case VariableNode():
                name = node.name.value
                self.steering.add(name)
                if name in self.variables or name not in self._defaults:
                    return self.variables.get(name)
                return self._value(self._defaults[name])
            case IntValueNode():
                return int(node.value)
            case BooleanValueNode():
                return node.value
            case ListValueNode():
                return list(node.values)
            case NullValueNode() | _:
                return None

    def _type(self, name: str) -> GraphQLCompositeType | None:
        found = self.schema.get_type(name)
        return found if is_composite_type(found) else None


def _definition(parent: GraphQLCompositeType | None, name: str) -> GraphQLField | None:
    return parent.fields.get(name) if is_object_type(parent) or is_interface_type(parent) else None


def _is_list(definition: GraphQLField) -> bool:
    kind = cast("Any", definition).type
    return isinstance(kind, GraphQLList) or isinstance(getattr(kind, "of_type", None), GraphQLList)


def _type_below(definition: GraphQLField) -> GraphQLCompositeType | None:
    below = cast("GraphQLNamedType", get_named_type(cast("Any", definition).type))
    return below if is_composite_type(below) else None
