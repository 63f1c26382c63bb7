"""Records as JSON text, for both facades and for exports."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, ColumnElement, DateTime, FromClause, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from datastore_service.application.read.selections import RECORD as WHOLE
from datastore_service.application.read.selections import Selected
from datastore_service.infrastructure.database.read import texts
from datastore_service.infrastructure.database.read.texts import Piece, Value
from datastore_service.infrastructure.database.schema.record_columns import RECORD, RecordColumn


def record_text(row: FromClause) -> ColumnElement[str]:
    """Returns the text of a record as REST has it; NULL if its payload is SQL's NULL."""
    values: dict[str, Value] = {column.name: member_of(column, row) for column in RECORD}
    # REST's version is no Int of GraphQL.
    values["version"] = lambda _: texts.plain(row.c.version)
    return texts.joined(texts.object_of(WHOLE, values))


def member_of(column: RecordColumn, row: FromClause) -> Value:
    """Returns how a member is written whose text does not depend on its arguments."""
    name, write = column.name, _WRITTEN[type(column.type)]

    def value(member: Selected) -> list[Piece]:
        written = write(row.c[name])
        # Of an optional member the text is NULL, so that nothing of it is left.
        return [texts.unless_null(texts.joined(written))] if column.nullable and not member.is_optional else written

    return value


_WRITTEN: Final[Mapping[type[Any], Callable[[ColumnElement[Any]], list[Piece]]]] = {
    Uuid: texts.quoted,
    Text: texts.escaped,
    BigInteger: texts.integer,
    JSONB: texts.plain,
    ARRAY: texts.escaped,
    DateTime: texts.moment,
}
"""How members are written, by their types in SQL."""
