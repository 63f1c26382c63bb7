"""Values of fields, from the view to JSON text."""

from datetime import date, datetime
from typing import Any
from typing import cast as cast_to
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Text, cast, func

from datastore_service.application.fields import Attribute, Field, Kind, PayloadPath, kind_of_attribute
from datastore_service.application.json_codec import encode
from datastore_service.application.times import timestamp
from datastore_service.application.views import JsonText
from datastore_service.domain.json_value import Json
from datastore_service.infrastructure.database.engine.constants import constant
from datastore_service.infrastructure.database.schema.paths import path_key, path_value


def column_of(field: Field, source: FromClause, payload: ColumnElement[Any] | None = None) -> ColumnElement[Any]:
    """Returns the value of a field, or NULL.

    Args:
        field: The field.
        source: What has the columns of `record_view`.
        payload: The payload, if it is not that of the source.
    """
    if isinstance(field, Attribute):
        return source.c[field]
    whole = source.c.payload if payload is None else payload
    if not field.as_time:
        return path_value(whole, field.steps)
    time = path_key(whole, field)
    # The driver cannot read -infinity, as which the first time is stored, with its offset.
    finite = func.greatest(time, cast(constant("0001-01-01 00:00:00+00"), time.type), type_=time.type)
    return func.nullif(finite, cast(constant("infinity"), time.type), type_=time.type)


def shown(field: Field, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Returns the expression that selects a value: JSON as text."""
    return cast(column, Text) if isinstance(field, PayloadPath) and not field.as_time else column


def json_of(value: object, field: Field | None) -> JsonText:
    """Returns a value of a row as JSON; a value from a payload is JSON already."""
    match value:
        case datetime():
            return JsonText(f'"{timestamp(value)}"')
        case UUID() | date():
            return JsonText(f'"{value}"')
        case str() if kind_of_attribute(field) is Kind.TEXT:
            return JsonText(encode(value).decode())
        case list():
            return JsonText(encode(cast_to("list[Json]", value)).decode())
        case None:
            return JsonText("null")
        case _:
            return JsonText(str(value))
