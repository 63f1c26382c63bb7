"""Payload paths in SQL, in one form everywhere, so that an expression index serves filters and orders.

The path is a constant in the statement: if it were a parameter, PostgreSQL would have to plan each request anew to
find out that an index serves it.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, DateTime, FromClause, Text, func, select
from sqlalchemy.dialects.postgresql import JSONB

from datastore_service.application.fields import PayloadPath
from datastore_service.infrastructure.database.engine.constants import constant, constants, number

FEW: Final = 3
"""Up to this many paths are each read from the row. If there are more, the payload is read once for all of them.

PostgreSQL reads an out-of-line payload anew for each expression, and keeps all copies until the row is finished: with a
thousand comparisons of a large payload, gigabytes.
"""

_TIME: Final = DateTime(timezone=True)


def path_value(payload: ColumnElement[Any], steps: Sequence[str]) -> ColumnElement[Any]:
    """Returns the JSON value at a path, as jsonb, or SQL's NULL.

    Args:
        payload: The column.
        steps: The keys and indexes of the path.
    """
    return payload.op("#>", return_type=JSONB())(constants(steps)) if steps else payload


def path_key(payload: ColumnElement[Any], path: PayloadPath) -> ColumnElement[Any]:
    """Returns the key for orders and indexes: an index on `(collection_id, this, id)` serves both directions.

    It is what `read/criteria/orders.py` calls the key of the value, as a text or a time: short enough for an index, and
    never NULL. A greater value never has a lesser key, so filters can compare keys as well. Texts are compared by code
    points, whatever the collation of the database.
    """
    value = path_value(payload, path.steps)
    return func.datastore_time(value, type_=_TIME) if path.as_time else value_key(value)


def value_key(value: ColumnElement[Any]) -> ColumnElement[str]:
    """Returns the key of a jsonb value; `keys.py` computes it for values outside the database."""
    return func.datastore_order(value, type_=Text()).collate("C")


def path_text(payload: ColumnElement[Any], steps: Sequence[str]) -> ColumnElement[str]:
    """Returns the text at a path; for other values, their JSON."""
    return payload.op("#>>", return_type=Text())(constants(steps))


def is_of_type(value: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Tells whether a jsonb value has the type of this name."""
    return func.jsonb_typeof(value, type_=Text).op("=", return_type=Boolean())(constant(name))


def payload_once(source: FromClause, payload: ColumnElement[Any] | None = None) -> FromClause:
    """Returns a source with the payload of a row, which is read once however often it is used.

    Each expression on a compressed or out-of-line payload reads it anew. OFFSET 0 keeps PostgreSQL from
    inlining this expression at each use.
    """
    whole = path_whole(source.c.payload if payload is None else payload)
    return select(whole.label("payload")).correlate(source).offset(number(0)).lateral("once")


def path_whole(payload: ColumnElement[Any]) -> ColumnElement[Any]:
    """Returns the whole payload as a value in memory."""
    return payload.op("#>", return_type=JSONB())(constants([]))
