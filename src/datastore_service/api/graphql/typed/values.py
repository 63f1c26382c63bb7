"""The values of payloads as GraphQL returns them: each has its type, or is refused."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, cast

import orjson

from datastore_service.api.graphql.typed.scalars import is_integer
from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.application.json_codec import encode
from datastore_service.domain.json_value import Json
from datastore_service.domain.typed.model import (
    EnumType,
    ListOf,
    Member,
    Named,
    NamedType,
    ObjectType,
    Scalar,
    TypeReference,
    UnionType,
)

type Convert = Callable[[Json], Any]
"""Returns what graphql-core is given for a value that is not null; raises RequestRefused if it is of another type."""


class PayloadMisfit(RequestRefused):
    """A payload has a value that its type does not allow: that of an old version, or one that was written past it."""

    def __init__(self, what: str) -> None:
        detail = f"The payload has {what}. It is older than the type; read it by `payload` or `record`."
        super().__init__(Problem("payload_misfit", detail))


def member_value(member: Member, types: Mapping[str, NamedType]) -> Callable[[Mapping[str, Json]], Any]:
    """Returns what reads a member from its object."""
    convert, key, is_nullable = converter(member.type, types), member.key, member.nullable_in_output

    def read(found: Mapping[str, Json]) -> Any:  # noqa: ANN401 - of any type
        value = found.get(key)
        if value is not None:
            return convert(value)
        if not is_nullable:
            raise PayloadMisfit(f"no value at {key!r}")
        return None

    return read


def is_opaque(kind: NamedType) -> bool:
    """Tells whether a type has nothing that a client may select, so that its values are JSON."""
    return isinstance(kind, ObjectType) and not any(member.name and member.in_output for member in kind.members)


def converter(kind: TypeReference, types: Mapping[str, NamedType]) -> Convert:
    """Returns what converts the values of a type."""
    match kind:
        case Scalar():
            return _SCALARS[kind]
        case ListOf(item, nullable_items):
            return _list_of(converter(item, types), nullable_items=nullable_items)
        case Named(name):
            return _named(types[name])


def _list_of(convert: Convert, *, nullable_items: bool) -> Convert:
    def items(value: Json) -> Sequence[Any]:
        found: list[Any] = []
        for item in _expect(value, list, "an array"):
            if item is None and not nullable_items:
                raise PayloadMisfit("null in an array of other values")
            found.append(None if item is None else convert(item))
        return found

    return items


def _named(kind: NamedType) -> Convert:
    match kind:
        case EnumType():
            texts = frozenset(kind.values.values())
            return lambda value: value if isinstance(value, str) and value in texts else _refused(value, kind.name)
        case ObjectType():
            return encode if is_opaque(kind) else lambda value: _expect(value, dict, "an object")
        case UnionType():
            known = {variant.value for variant in kind.variants}
            return lambda value: (
                value
                if _expect(value, dict, "an object").get(kind.discriminator) in known
                else _refused(value, kind.name)
            )


def _expect(value: Json, kind: type, name: str) -> Any:  # noqa: ANN401 - a list or a dictionary of JSON
    if isinstance(value, kind):
        return cast("Any", value)
    return _refused(value, name)


def _refused(value: Json, name: str) -> Any:  # noqa: ANN401 - it does not return
    shown = encode(value).decode()
    raise PayloadMisfit(f"{shown if len(shown) <= _SHOWN else f'{shown[:_SHOWN]}…'} where the type is {name}")


def _text(value: Json) -> str:
    return value if isinstance(value, str) else _refused(value, Scalar.STRING)


def _boolean(value: Json) -> bool:
    return value if isinstance(value, bool) else _refused(value, Scalar.BOOLEAN)


def _int(value: Json) -> int:
    if is_integer(value) and -(2**31) <= value < 2**31:
        return int(value)
    return _refused(value, Scalar.INT)


def _integer(value: Json) -> orjson.Fragment:
    return orjson.Fragment(encode(value)) if is_integer(value) else _refused(value, Scalar.INTEGER)


def _number(value: Json) -> orjson.Fragment:
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return orjson.Fragment(encode(value)) if is_number else _refused(value, Scalar.NUMBER)


_SHOWN: Final = 40
_SCALARS: Final[Mapping[Scalar, Convert]] = {
    Scalar.BOOLEAN: _boolean,
    Scalar.INT: _int,
    Scalar.INTEGER: _integer,
    Scalar.NUMBER: _number,
    Scalar.STRING: _text,
    Scalar.TIMESTAMP: _text,
    Scalar.DATE: _text,
    Scalar.UUID: _text,
    Scalar.JSON: encode,
}
