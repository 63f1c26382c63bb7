"""The values of a statement that consists of parts: parameters of its own, or those of many concurrent requests."""

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import ARRAY, BindParameter, ColumnElement, TableValuedAlias, bindparam, func, literal_column
from sqlalchemy.types import TypeEngine

from datastore_service.infrastructure.database.read.readers.bound_queries import Extractor, Kind

type Values = Mapping[str, object]

type Place = tuple[int, int, str | Extractor]
"""The place of a parameter's value: the part, its query, and the value's name or the function that finds it."""


class Parameters(Protocol):
    """Makes the SQL for the values of a statement."""

    def at(self, place: Place, kind: Kind, /) -> ColumnElement[Any]:
        """Returns the SQL for a value."""
        ...


class Placeholders:
    """The values of one query of one part of a statement."""

    def __init__(self, part: int, query: int, parameters: Parameters) -> None:
        self._part = part
        self._query = query
        self._parameters = parameters

    def __call__(self, name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
        """Returns the SQL for one of the values."""
        return self._parameters.at((self._part, self._query, name), kind)

    def asked(self, find: Extractor, kind: Kind) -> ColumnElement[Any]:
        """Returns the SQL for a value of the criteria."""
        return self._parameters.at((self._part, self._query, find), kind)


class OwnParameters:
    """One parameter for each value."""

    def __init__(self) -> None:
        self.places: dict[BindParameter[Any], Place] = {}

    def at(self, place: Place, kind: Kind) -> ColumnElement[Any]:
        parameter = bindparam(f"value_{len(self.places)}", type_=kind, required=True)
        self.places[parameter] = place
        return parameter


class GivenParameters:
    """One parameter for the values of all requests; each request is a row of `given`."""

    def __init__(self) -> None:
        self.places: dict[BindParameter[Any], Place] = {}
        self._columns: dict[Place, ColumnElement[Any]] = {}

    def at(self, place: Place, kind: Kind) -> ColumnElement[Any]:
        if place not in self._columns:
            name = f"value_{len(self._columns)}"
            self.places[bindparam(name, type_=ARRAY(kind), required=True)] = place
            # For SQLAlchemy it must belong to no table, or the subqueries would select from it again.
            self._columns[place] = literal_column(f"given.{name}", kind)
        return self._columns[place]

    def given(self) -> TableValuedAlias:
        """Returns the rows, in the order of the requests."""
        columns = [parameter.key for parameter in self.places]
        values = func.unnest(*self.places).table_valued(*columns, with_ordinality="place")
        return values.render_derived("given")
