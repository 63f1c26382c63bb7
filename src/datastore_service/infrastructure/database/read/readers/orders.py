"""Orders as SQL, and positions in ordered lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self, overload, override
from uuid import UUID

from sqlalchemy import (
    REAL,
    ColumnElement,
    FromClause,
    Text,
    UnaryExpression,
    and_,
    cast,
    false,
    func,
    or_,
    tuple_,
)

from datastore_service.application.fields import Attribute, Field, Kind, PayloadPath, Relevance
from datastore_service.application.read.criteria.orders import Order, is_descending
from datastore_service.application.read.pagination import Cursor
from datastore_service.infrastructure.database.engine.constants import constant, number
from datastore_service.infrastructure.database.engine.pool import Rows
from datastore_service.infrastructure.database.read.readers.bound_queries import Placeholder
from datastore_service.infrastructure.database.read.readers.words import Search
from datastore_service.infrastructure.database.schema.paths import path_key


@dataclass(frozen=True, slots=True)
class _Key:
    column: ColumnElement[Any]
    descending: bool

    def beyond(self, value: ColumnElement[Any], *, ahead: bool) -> ColumnElement[bool]:
        """Returns the condition for rows after the value or, if not ahead, before it."""
        return self.column > value if ahead is not self.descending else self.column < value


@dataclass(frozen=True, slots=True)
class _Places(Sequence[Cursor]):
    rows: Rows
    keys: Sequence[str]

    @override
    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> Cursor: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Cursor]: ...

    @override
    def __getitem__(self, index: int | slice) -> Cursor | Sequence[Cursor]:
        if isinstance(index, slice):
            return _Places(self.rows[index], self.keys)
        row = self.rows[index]
        return Cursor(row["id"], tuple([row[key] for key in self.keys]))


@dataclass(frozen=True, slots=True)
class ListOrder:
    """The order of a list: keys that are never NULL, of which the last is the id."""

    keys: Sequence[_Key]

    @classmethod
    def by_id(cls, column: ColumnElement[UUID]) -> Self:
        """Orders by id only."""
        return cls([_Key(column, descending=False)])

    @classmethod
    def of(cls, order: Order, source: FromClause, search: Search | None = None) -> Self:
        """Orders the rows of the source by these criteria."""
        keys = [_Key(_column(key.field, source, search), key.descending) for key in order]
        return cls([*keys, _Key(source.c.id, is_descending(order))])

    def clauses(self, *, backwards: bool) -> Sequence[UnaryExpression[Any]]:
        """Returns the expressions of ORDER BY."""
        return [key.column.desc() if key.descending is not backwards else key.column.asc() for key in self.keys]

    def columns(self) -> Sequence[ColumnElement[Any]]:
        """Returns the columns that `places_of` needs."""
        return [cast(key.column, Text).label(f"key_{index}") for index, key in enumerate(self.keys[:-1])]

    def places_of(self, rows: Rows) -> Sequence[Cursor]:
        """Returns the positions of rows; each is made when it is accessed, because most never are."""
        return _Places(rows, [f"key_{index}" for index in range(len(self.keys) - 1)])

    def place(self, name: str, bind: Placeholder) -> Sequence[ColumnElement[Any]]:
        """Returns the SQL for a position of the page: its keys and its id."""
        keys = [
            cast(bind(lambda asked, number=number: asked.place(name).keys[number], Text), key.column.type)
            for number, key in enumerate(self.keys[:-1])
        ]
        return [*keys, bind(lambda asked: asked.place(name).record_id, self.keys[-1].column.type)]

    def beyond(self, values: Sequence[ColumnElement[Any]], *, ahead: bool) -> ColumnElement[bool]:
        """Returns the condition for rows after a position or, if not ahead, before it."""
        if len(self.keys) == 1:
            return self.keys[0].beyond(values[0], ahead=ahead)
        if len({key.descending for key in self.keys}) == 1:
            # One comparison of rows, for which an index on all of the keys is used from the position on.
            row, there = tuple_(*(key.column for key in self.keys)), tuple_(*values)
            return row > there if ahead is not self.keys[0].descending else row < there
        same: list[ColumnElement[bool]] = []
        cases: list[ColumnElement[bool]] = []
        for key, value in zip(self.keys, values, strict=True):
            cases.append(and_(*same, key.beyond(value, ahead=ahead)))
            same.append(key.column == value)
        first = or_(self.keys[0].beyond(values[0], ahead=ahead), self.keys[0].column == values[0])
        return and_(first, or_(false(), *cases))


def _column(field: Field | Relevance, source: FromClause, search: Search | None) -> ColumnElement[Any]:
    match field:
        case Relevance():
            return search.relevance(source.c.payload) if search else cast(number(0), REAL)
        case PayloadPath():
            return path_key(source.c.payload, field)
        case Attribute() if field.kind is Kind.TEXT:
            return source.c[field].collate("C")
        case Attribute.DELETED_AT:
            column = source.c.deleted_at
            return func.coalesce(column, cast(constant("infinity"), column.type), type_=column.type)
        case _:
            return source.c[field]
