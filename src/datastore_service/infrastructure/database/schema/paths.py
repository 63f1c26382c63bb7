"""How SQL says a place in a payload: in one form everywhere, so that an expression index serves filters and orders.

The place stands in the statement: as a parameter, PostgreSQL would have to plan anew for each request to see that an
index serves it.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, DateTime, FromClause, Text, func, select
from sqlalchemy.dialects.postgresql import JSONB

from datastore_service.application.fields import PayloadPath
from datastore_service.infrastructure.database.engine.constants import constant, constants, number

FEW: Final = 3
"""Up to so many places in a payload are each read from the row. Where there are more, it is read once for all of them.

PostgreSQL reads a payload that is stored apart anew for each expression, and keeps all copies until the row is done:
with a thousand comparisons, of a large one, that would be gigabytes.
"""

_TIME: Final = DateTime(timezone=True)


def path_value(payload: ColumnElement[Any], steps: Sequence[str]) -> ColumnElement[Any]:
    """Returns the JSON value at a place, as jsonb; where there is nothing, SQL's NULL.

    Args:
        payload: The column.
        steps: The keys and indexes that lead there.
    """
    return payload.op("#>", return_type=JSONB())(constants(steps)) if steps else payload


def path_key(payload: ColumnElement[Any], path: PayloadPath) -> ColumnElement[Any]:
    """Returns what orders and indexes are made of: an index on `(collection_id, this, id)` serves both directions.

    It is what `read/criteria/orders.py` calls the key of the value, as a text or a time: short enough for an index, and
    never SQL's NULL. No value that is greater than another has a lesser key, so filters can ask for keys as well. Texts
    are compared by code points, whatever the collation of the database.
    """
    value = path_value(payload, path.steps)
    return func.datastore_time(value, type_=_TIME) if path.as_time else value_key(value)


def value_key(value: ColumnElement[Any]) -> ColumnElement[str]:
    """Returns the key of a jsonb value; `keys.py` has it for values that are not in the database."""
    return func.datastore_order(value, type_=Text()).collate("C")


def path_text(payload: ColumnElement[Any], steps: Sequence[str]) -> ColumnElement[str]:
    """Returns the text at a place; of another value its JSON."""
    return payload.op("#>>", return_type=Text())(constants(steps))


def is_of_type(value: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Tells whether a jsonb value is of the type of this name."""
    return func.jsonb_typeof(value, type_=Text).op("=", return_type=Boolean())(constant(name))


def payload_once(source: FromClause, payload: ColumnElement[Any] | None = None) -> FromClause:
    """Returns what has the payload of a row of the source, read once however often it is used.

    Each expression on a payload that is stored compressed or apart reads it anew. OFFSET 0 keeps PostgreSQL from
    putting this expression in the place of each use.
    """
    whole = path_whole(source.c.payload if payload is None else payload)
    return select(whole.label("payload")).correlate(source).offset(number(0)).lateral("once")


def path_whole(payload: ColumnElement[Any]) -> ColumnElement[Any]:
    """Returns the whole payload as a value that is in memory."""
    return payload.op("#>", return_type=JSONB())(constants([]))
