"""How large what is read will be: looked at before any of it is, as that costs nothing worth telling."""

from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Integer, Select, Text, and_, case, cast, func, null, or_, select, true

from datastore_service.infrastructure.database.engine.constants import number

_COMPRESSED: Final = 100
"""How many times as large a value may be that PostgreSQL has compressed: pglz makes 3 bytes of 273."""

_WRITTEN: Final = 2
"""How many times as large JSON may be as text."""

IS_LARGE: Final = "is_large"
"""The column that tells of a row that its payload was not read."""


def is_small(payload: ColumnElement[Any], most: int) -> ColumnElement[bool]:
    """Tells of a payload, without reading it, whether its text has at most so many bytes.

    A number with a great exponent is the exception: it may be much longer as text.
    """
    size = func.pg_column_size(payload, type_=Integer)
    is_plain = func.pg_column_compression(payload, type_=Text).is_(None)
    return or_(size <= number(most // _COMPRESSED), and_(is_plain, size <= number(most // _WRITTEN)))


class SmallOnly:
    """The columns of a source of records, in which a payload that is not small is NULL.

    Attributes:
        source: What has them.
        c: The columns, by their names.
        is_large: Tells of a row whether its payload is missing; None as long as no payload was asked for.
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
        # NULL for those that are read: of a hundred rows that takes less time than false.
        self.is_large = case((small, null()), else_=true())
        return case((small, column))


def read_from(source: FromClause) -> FromClause:
    """Returns what is really read from."""
    return source.source if isinstance(source, SmallOnly) else source


_READ_TO_SEE: Final = 65_536
"""The bytes of a payload, as it lies in the table, that PostgreSQL may read to see how long its text is."""


def with_texts(rows: Select[*tuple[Any, ...]], most: int | None = None) -> Select[*tuple[Any, ...]]:
    """Returns the same rows with their payloads as text; PostgreSQL makes each when it sends its row, not to sort it.

    Args:
        rows: What is read, in an order; one of the columns is `payload`, as it is stored.
        most: The bytes that a text may have; one that is longer, or may be much longer, is NULL.
    """
    found = rows.subquery()
    others = [column for column in found.c if column.name != "payload"]
    payload = cast(found.c.payload, Text)
    if most is None:
        return select(*others, payload.label("payload"))
    stored = func.pg_column_size(found.c.payload, type_=Integer)
    text = select(payload.label("text")).where(stored <= number(max(_READ_TO_SEE, most // _WRITTEN)))
    # What stands behind OFFSET is worked out once, however often it is named.
    text = text.correlate(found).offset(number(0)).subquery()
    small = select(text.c.text).where(func.octet_length(text.c.text, type_=Integer) <= number(most))
    return select(*others, small.scalar_subquery().label("payload"))
