"""The values of a statement that is put together from parts: its own parameters, or those of many who ask at once."""

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import ARRAY, BindParameter, ColumnElement, TableValuedAlias, bindparam, func, literal_column
from sqlalchemy.types import TypeEngine

from datastore_service.infrastructure.database.read.readers.bound_queries import Extractor, Kind

type Values = Mapping[str, object]

type Place = tuple[int, int, str | Extractor]
"""Where the value of a parameter is: of which part and which query of it, and its name, or what finds it."""


class Parameters(Protocol):
    """Stands for the values in a statement."""

    def at(self, place: Place, kind: Kind, /) -> ColumnElement[Any]:
        """Returns what stands for a value."""
        ...


class Placeholders:
    """The values of one query of one part of a statement."""

    def __init__(self, part: int, query: int, parameters: Parameters) -> None:
        self._part = part
        self._query = query
        self._parameters = parameters

    def __call__(self, name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
        """Returns what stands for one of the values."""
        return self._parameters.at((self._part, self._query, name), kind)

    def asked(self, find: Extractor, kind: Kind) -> ColumnElement[Any]:
        """Returns what stands for a value of the question that is asked."""
        return self._parameters.at((self._part, self._query, find), kind)


class OwnParameters:
    """A parameter for each value."""

    def __init__(self) -> None:
        self.places: dict[BindParameter[Any], Place] = {}

    def at(self, place: Place, kind: Kind) -> ColumnElement[Any]:
        parameter = bindparam(f"value_{len(self.places)}", type_=kind, required=True)
        self.places[parameter] = place
        return parameter


class GivenParameters:
    """A parameter for the values of all who ask, each of whom is a row of what is `given`."""

    def __init__(self) -> None:
        self.places: dict[BindParameter[Any], Place] = {}
        self._columns: dict[Place, ColumnElement[Any]] = {}

    def at(self, place: Place, kind: Kind) -> ColumnElement[Any]:
        if place not in self._columns:
            name = f"value_{len(self._columns)}"
            self.places[bindparam(name, type_=ARRAY(kind), required=True)] = place
            # To SQLAlchemy it belongs to no table, or the selects within the statement would select from it again.
            self._columns[place] = literal_column(f"given.{name}", kind)
        return self._columns[place]

    def given(self) -> TableValuedAlias:
        """Returns the rows, in the order of those who ask."""
        columns = [parameter.key for parameter in self.places]
        values = func.unnest(*self.places).table_valued(*columns, with_ordinality="place")
        return values.render_derived("given")
