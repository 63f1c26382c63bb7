"""The size of payloads, checked before they are read: the check costs next to nothing."""

from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Integer, Select, Text, and_, case, cast, func, null, or_, select, true

from datastore_service.infrastructure.database.engine.constants import number

_COMPRESSED: Final = 100
"""The assumed expansion of a value that PostgreSQL has compressed: pglz stores 273 bytes in 3."""

_WRITTEN: Final = 2
"""The assumed expansion of stored JSON as text."""

IS_LARGE: Final = "is_large"
"""The column that tells that a row's payload was not read."""


def is_small(payload: ColumnElement[Any], most: int) -> ColumnElement[bool]:
    """Tells, without reading a payload, whether its text has at most so many bytes.

    The exception is a number with a large exponent, whose text may be much longer.
    """
    size = func.pg_column_size(payload, type_=Integer)
    is_plain = func.pg_column_compression(payload, type_=Text).is_(None)
    return or_(size <= number(most // _COMPRESSED), and_(is_plain, size <= number(most // _WRITTEN)))


class SmallOnly:
    """The columns of a source of records, with NULL for payloads that are not small.

    Attributes:
        source: The source.
        c: Its columns by name.
        is_large: Whether a row's payload is missing; None while no payload was requested.
    """

    def __init__(self, source: FromClause, most: int) -> None:
        self.source = source
        self._most = most
        self.c = self
        self.is_large: ColumnElement[bool] | None = None

    def __getattr__(self, name: str) -> ColumnElement[Any]:
        return self[name]

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        column = self.source.c[name]
        if name != "payload":
            return column
        small = is_small(column, self._most)
        # NULL instead of false: for a hundred rows that is faster.
        self.is_large = case((small, null()), else_=true())
        return case((small, column))


def read_from(source: FromClause) -> FromClause:
    """Returns the underlying source."""
    return source.source if isinstance(source, SmallOnly) else source


_READ_TO_SEE: Final = 65_536
"""The stored size, in bytes, up to which PostgreSQL may read a payload to find the length of its text."""


def with_texts(rows: Select[*tuple[Any, ...]], most: int | None = None) -> Select[*tuple[Any, ...]]:
    """Returns the same rows with payloads as text; PostgreSQL makes the text when it sends a row, not to sort it.

    Args:
        rows: The ordered rows; the column `payload` is as it is stored.
        most: The maximum size of a text in bytes; a text that is longer, or may be much longer, is NULL.
    """
    found = rows.subquery()
    others = [column for column in found.c if column.name != "payload"]
    payload = cast(found.c.payload, Text)
    if most is None:
        return select(*others, payload.label("payload"))
    stored = func.pg_column_size(found.c.payload, type_=Integer)
    text = select(payload.label("text")).where(stored <= number(max(_READ_TO_SEE, most // _WRITTEN)))
    # An expression behind OFFSET is computed once, however often it is used.
    text = text.correlate(found).offset(number(0)).subquery()
    small = select(text.c.text).where(func.octet_length(text.c.text, type_=Integer) <= number(most))
    return select(*others, small.scalar_subquery().label("payload"))
