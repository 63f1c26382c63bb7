"""Records as JSON text, which PostgreSQL writes as `api/routes/bodies/responses.py` does."""

from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Text, func

from datastore_service.infrastructure.database.engine.constants import constant

_RECORD: Final = '{"id":"%s","collection":%s,"version":%s,"payload":%s,"tags":%s,"created_at":"%s","updated_at":"%s"%s}'


def rendered(source: FromClause) -> ColumnElement[str]:
    """Returns an expression for the text of each record in what has the columns of `record_view`."""
    record = source.c
    return func.format(
        constant(_RECORD),
        record.id,
        func.to_json(record.collection),
        record.version,
        record.payload,
        func.to_json(record.tags),
        moment(record.created_at),
        moment(record.updated_at),
        # Where it is NULL, so is the whole, and nothing is put in its place.
        constant(',"deleted_at":"') + moment(record.deleted_at) + constant('"'),
        type_=Text,
    )


def moment(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Returns a time as `application/times.py` writes it; sessions are in UTC."""
    return func.to_char(column, constant('YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), type_=Text)
