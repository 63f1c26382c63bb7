"""Records as JSON text, which PostgreSQL writes as `api/routes/bodies/responses.py` does."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import ARRAY, ColumnElement, DateTime, FromClause, Text, Uuid, cast, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from datastore_service.infrastructure.database.engine.constants import constant
from datastore_service.infrastructure.database.schema.record_columns import RECORD, RecordColumn


def moment(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Returns a time as `application/times.py` writes it; sessions are in UTC."""
    return func.to_char(column, constant('YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), type_=Text)


type _Write = tuple[str, Callable[[ColumnElement[Any]], ColumnElement[Any]]]
"""What stands for a value in the format, and what is put there."""

_AS_IT_IS: Final[_Write] = ("%s", lambda column: column)
_WRITTEN: Final[Mapping[type[TypeEngine[Any]], _Write]] = {
    Uuid: ('"%s"', lambda column: column),
    Text: ("%s", func.to_json),
    ARRAY: ("%s", func.to_json),
    DateTime: ('"%s"', moment),
}


def _written(column: RecordColumn) -> _Write:
    return _WRITTEN.get(type(column.type), _AS_IT_IS)


_PRESENT: Final = tuple(column for column in RECORD if not column.nullable)
_OPTIONAL: Final = tuple(column for column in RECORD if column.nullable)
_RECORD: Final = (
    "{" + ",".join(f'"{column.name}":{_written(column)[0]}' for column in _PRESENT) + "%s" * len(_OPTIONAL) + "}"
)


def rendered(source: FromClause) -> ColumnElement[str]:
    """Returns an expression for the text of each record in what has the columns of `record_view`."""
    present = [_written(column)[1](source.c[column.name]) for column in _PRESENT]
    # Where one is NULL, so is the whole member, and nothing is put in its place.
    optional = [_member(column, source.c[column.name]) for column in _OPTIONAL]
    return func.format(constant(_RECORD), *present, *optional, type_=Text)


def _member(column: RecordColumn, value: ColumnElement[Any]) -> ColumnElement[str]:
    before, after = _written(column)[0].split("%s")
    return constant(f',"{column.name}":{before}') + _written(column)[1](value) + constant(after)


def as_csv(source: FromClause) -> list[ColumnElement[Any]]:
    """Returns the columns of an export as CSV: JSON as text, and times as JSON has them."""
    return [_cell(column, source.c[column.name]).label(column.name) for column in _PRESENT]


def _cell(column: RecordColumn, value: ColumnElement[Any]) -> ColumnElement[Any]:
    match column.type:
        case JSONB():
            return cast(value, Text)
        case ARRAY():
            return cast(func.to_json(value), Text)
        case DateTime():
            return moment(value)
        case _:
            return value
