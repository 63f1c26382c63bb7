"""The operands of a condition's comparisons, in SQL."""

from collections.abc import Callable
from itertools import count
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB

from datastore_service.application.json_codec import encode
from datastore_service.domain.json_value import Json
from datastore_service.infrastructure.database.read.readers.bound_queries import Kind, Placeholder
from datastore_service.infrastructure.database.read.readers.forms import MOST_JOINS


class Operand:
    """Stands for the operand of one comparison."""

    def __init__(self, bind: Placeholder, number: int) -> None:
        self._bind = bind
        self._number = number

    def __call__(self, kind: Kind, of: Callable[[Any], object] = lambda it: it) -> ColumnElement[Any]:
        """Returns the SQL for a value that is derived from it."""
        number = self._number
        return self._bind(lambda asked: of(asked.operands[number]), kind)

    def jsonb(self, of: Callable[[Any], Json] = lambda it: it) -> ColumnElement[Any]:
        """Returns the SQL for JSON that is derived from it, passed as text so that PostgreSQL reads every digit."""
        return sql_cast(self(Text, lambda it: encode(of(it)).decode()), JSONB)

    def jsonb_array(self, of: Callable[[Any], Json] = lambda it: it) -> ColumnElement[Any]:
        """Returns the SQL for an array of such JSON."""
        return sql_cast(self(ARRAY(Text), lambda it: [encode(of(item)).decode() for item in it]), ARRAY(JSONB))


class Operands:
    """The operands of a condition, in the order of its comparisons."""

    def __init__(self, bind: Placeholder) -> None:
        self._bind = bind
        self._numbers = count()
        self._joins = MOST_JOINS

    def next(self) -> Operand:
        return Operand(self._bind, next(self._numbers))

    def joins(self, wanted: int) -> int:
        """Grants as many of these joins as the whole condition may still have."""
        granted = min(wanted, self._joins)
        self._joins -= granted
        return granted
