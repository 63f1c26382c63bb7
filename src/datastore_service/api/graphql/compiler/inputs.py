"""Converts values that graphql-core has coerced for resolvers; the conversion is determined once for each type."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass
from functools import partial
from typing import Any, cast

import strawberry

from datastore_service.library_internals.strawberry import (
    StrawberryEnumDefinition,
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    StrawberryType,
    convert_argument,
    has_object_definition,
    is_scalar,
    scalars_of,
)

type Convert = Callable[[Any], Any]
"""Converts a value as Strawberry's `convert_argument` does."""


def converter(
    kind: StrawberryType | type, schema: strawberry.Schema, known: dict[StrawberryType | type, Convert] | None = None
) -> Convert:
    """Returns the converter of a type's values; unusual types are left to Strawberry.

    Args:
        kind: The type.
        schema: The schema of the type.
        known: The converters of the input types that contain this one, because it may contain itself.
    """
    known = {} if known is None else known
    registry = scalars_of(schema)
    if is_scalar(kind, registry) or isinstance(kind, StrawberryEnumDefinition):
        return _as_it_is
    if isinstance(kind, StrawberryOptional) and not isinstance(kind, StrawberryMaybe):
        return converter(kind.of_type, schema, known)
    if isinstance(kind, StrawberryList):
        return partial(_items, converter(kind.of_type, schema, known))
    if has_object_definition(kind) and kind.__strawberry_definition__.from_input is None:
        return known.get(kind) or _input(cast("type", kind), kind.__strawberry_definition__, schema, known)
    return partial(convert_argument, type_=kind, scalar_registry=registry, config=schema.config)


@dataclass(frozen=True, slots=True)
class _Input:
    """An input type.

    Attributes:
        missing: The values of fields that are left out and have no default.
        fields: For each field by its name in the value, its name in the type and its converter.
    """

    kind: type
    missing: Mapping[str, Any]
    fields: dict[str, tuple[str, Convert]]

    def converted(self, value: Mapping[str, Any] | None) -> Any:  # noqa: ANN401 - of whichever type it is
        if value is None:
            return None
        given = dict(self.missing)
        for called, member in value.items():
            name, convert = self.fields[called]
            given[name] = convert(member)
        return self.kind(**given)


def _input(
    kind: type,
    definition: StrawberryObjectDefinition,
    schema: strawberry.Schema,
    known: dict[StrawberryType | type, Convert],
) -> Convert:
    names = schema.config.name_converter
    missing = [
        field.python_name
        for field in definition.fields
        if field.default_value is MISSING and cast("Any", field).default_factory is MISSING
    ]
    made = _Input(kind, dict.fromkeys(missing), {})
    known[kind] = made.converted
    for field in definition.fields:
        convert = converter(cast("type", field.resolve_type(type_definition=definition)), schema, known)
        made.fields[names.from_field(field)] = (field.python_name, convert)
    return made.converted


def _as_it_is[V](value: V) -> V:
    return value


def _items(convert: Convert, value: Sequence[Any] | None) -> list[Any] | None:
    return None if value is None else [convert(item) for item in value]
