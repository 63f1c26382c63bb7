"""JSON text as SQL expressions.

Pieces of text are joined by `||`: json_build_object takes half as long again, for it asks of each value what it is.
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, cast, func
from sqlalchemy.dialects.postgresql import aggregate_order_by

from datastore_service.application.messages import NotReadableAtOnce
from datastore_service.application.read.selections import Constant, Member, Selected
from datastore_service.infrastructure.database.engine.constants import constant

type Piece = str | ColumnElement[Any]
"""JSON text that is the same for all rows, or an expression of text. One that is NULL makes the whole NULL."""

type Value = Callable[[Selected], Sequence[Piece]]
"""Makes the text of a member's value."""

NULL = "null"


def object_of(members: Iterable[Member], values: Mapping[str, Value]) -> list[Piece]:
    """Returns the text of an object with these members, whose values are found by their names.

    Raises:
        NotReadableAtOnce: There is no value of a name.
    """
    pieces: list[Piece] = ["{"]
    for number, member in enumerate(members):
        before = f'{"," if number else ""}"{member.key}":'
        value = [member.value] if isinstance(member, Constant) else _value_of(member, values)
        is_optional = isinstance(member, Selected) and member.is_optional
        pieces += [unless_null(joined([before, *value]), "")] if is_optional else [before, *value]
    return [*pieces, "}"]


def _value_of(member: Selected, values: Mapping[str, Value]) -> Sequence[Piece]:
    if member.name not in values:
        raise NotReadableAtOnce(f"No statement reads the member {member.name}.")
    return values[member.name](member)


def joined(pieces: Iterable[Piece]) -> ColumnElement[str]:
    """Returns one expression for all of the pieces."""
    texts: list[ColumnElement[str]] = []
    for is_constant, neighbours in groupby(pieces, lambda piece: isinstance(piece, str)):
        if is_constant:
            texts.append(constant("".join(str(piece) for piece in neighbours)))
        else:
            texts += [piece for piece in neighbours if not isinstance(piece, str)]
    return reduce(operator.add, texts)


def array_of(item: ColumnElement[Any], order: ColumnElement[Any]) -> list[Piece]:
    """Returns an array of the texts of all rows."""
    items = func.string_agg(item, aggregate_order_by(constant(","), order))
    return ["[", func.coalesce(items, constant("")), "]"]


def text(expression: ColumnElement[Any]) -> ColumnElement[str]:
    """Returns a value as PostgreSQL writes it."""
    return cast(expression, Text)


def plain(expression: ColumnElement[Any]) -> list[Piece]:
    """Returns what needs no quotation marks: booleans, JSON, and numbers."""
    return [text(expression)]


def integer(expression: ColumnElement[int]) -> list[Piece]:
    """Returns a number that has to be an Int of GraphQL; for any other the statement fails."""
    return plain(cast(expression, Integer))


def quoted(expression: ColumnElement[Any]) -> list[Piece]:
    """Returns a string that has nothing in it to escape."""
    return ['"', text(expression), '"']


def escaped(expression: ColumnElement[Any]) -> list[Piece]:
    """Returns a string, or an array of strings."""
    return plain(func.to_json(expression))


def moment(expression: ColumnElement[Any]) -> list[Piece]:
    """Returns a time as `application/times.py` writes it."""
    return quoted(bare_moment(expression))


def bare_moment(expression: ColumnElement[Any]) -> ColumnElement[str]:
    """Returns a time without quotation marks; sessions are in UTC."""
    return func.to_char(expression, constant('YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), type_=Text)


def unless_null(text: ColumnElement[Any], otherwise: str = NULL) -> ColumnElement[str]:
    """Returns the text or, if that is SQL's NULL, the other one, which is JSON's null by default."""
    return func.coalesce(text, constant(otherwise))
