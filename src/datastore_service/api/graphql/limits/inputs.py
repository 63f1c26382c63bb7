"""Limits on the values of variables, checked before any value is coerced.

graphql-core describes an object once for each of its unknown members, and reports every error: a request of some
kilobytes could take it minutes. So the values are walked through first, as far as the first value too many or the
tenth error. The value of a custom scalar, such as a payload, counts as one; its size is limited by the body's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    VariableDefinitionNode,
    is_input_object_type,
    is_required_input_field,
    type_from_ast,  # pyright: ignore[reportUnknownVariableType] - its types leave out the item types of lists
)

from datastore_service.api.graphql.limits.refusal import DocumentRefused
from datastore_service.api.http.problems import MOST_ERRORS

_OPAQUE: Final = "JSON"
_SMALL: Final = 100
"""graphql-core may quote an array or object with up to this many items."""


def check_inputs(
    schema: GraphQLSchema, definitions: Iterable[VariableDefinitionNode], inputs: Mapping[str, Any], most: int
) -> list[GraphQLError]:
    """Returns the errors of the variables' structure, if they are too large for graphql-core to report.

    Args:
        schema: Contains the types of the variables.
        definitions: The variables of the selected operation, which is valid.
        inputs: The values in the request.
        most: The maximum number of values in all.

    Raises:
        DocumentRefused: There are more values.
    """
    walk = _Walk(most)
    for definition in definitions:
        name = definition.variable.name.value
        if name not in inputs:
            continue
        walk.variable, walk.node = name, definition
        try:
            walk.value(inputs[name], type_from_ast(schema, definition.type), ())
        except _Enough:
            return walk.errors
    return walk.errors if walk.is_large else []


class _Enough(Exception):
    """As many errors are found as are reported."""


@dataclass(slots=True)
class _Walk:
    """Walks through the values, as far as their types describe them.

    Attributes:
        most: The maximum number of values.
        variable: The variable that is being walked through.
        node: Its definition in the document.
        is_large: Whether an invalid value is too large for graphql-core to quote.
    """

    most: int
    variable: str = ""
    node: VariableDefinitionNode | None = None
    is_large: bool = False
    errors: list[GraphQLError] = field(default_factory=list[GraphQLError])
    _found: int = 0

    def value(self, value: Any, kind: Any, path: tuple[str | int, ...]) -> None:  # noqa: ANN401 - of any input type
        self._found += 1
        if self._found > self.most:
            raise DocumentRefused(
                "too_many_values",
                f"The variables have more than {self.most} values, arrays and objects; send less in one request.",
            )
        if isinstance(kind, GraphQLNonNull):
            kind = cast("Any", kind).of_type
        if value is None:
            return
        if isinstance(kind, GraphQLList):
            for index, item in enumerate(cast("list[Any]", value if isinstance(value, list) else [value])):
                self.value(item, cast("Any", kind).of_type, (*path, index))
        elif is_input_object_type(kind):
            self._object(value, kind, path)
        elif kind.name != _OPAQUE and isinstance(value, dict | list):
            self._add(value, path, f"Expected value of type '{kind}', found an array or an object.")

    def _object(self, value: Any, kind: GraphQLInputObjectType, path: tuple[str | int, ...]) -> None:  # noqa: ANN401
        if not isinstance(value, dict):
            self._add(value, path, f"Expected value of type '{kind}' to be an object.")
            return
        members = cast("dict[str, Any]", value)
        for name, described in kind.fields.items():
            if name in members:
                self.value(members[name], described.type, (*path, name))
            elif is_required_input_field(described):
                self._add(members, path, f"Expected value of type '{kind}' to include required field '{name}'.")
        for name in members:
            if name not in kind.fields:
                shown = name if len(name) <= _SMALL else f"{name[:_SMALL]}..."
                self._add(members, path, f"Expected value of type '{kind}' not to include unknown field '{shown}'.")

    def _add(self, found: Any, path: tuple[str | int, ...], message: str) -> None:  # noqa: ANN401 - any JSON
        at = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        place = f"Variable '${self.variable}' has invalid value{f' at {at}' if at else ''}"
        self.errors.append(GraphQLError(f"{place}: {message}", self.node))
        self.is_large = self.is_large or _is_large(found, levels=2)
        if len(self.errors) >= MOST_ERRORS:
            raise _Enough


def _is_large(value: Any, levels: int) -> bool:  # noqa: ANN401 - any JSON
    """Tells whether graphql-core would look at many values to quote this one; it looks this many levels deep."""
    if not levels or not isinstance(value, dict | list):
        return False
    found = cast("list[Any] | dict[str, Any]", value)
    parts = found.values() if isinstance(found, dict) else found
    return len(parts) > _SMALL or any(_is_large(part, levels - 1) for part in parts)
