"""The values of a statement that is put together from parts: its own parameters, or those of many who ask at once."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import ARRAY, BindParameter, ColumnElement, TableValuedAlias, bindparam, func, literal_column
from sqlalchemy.types import TypeEngine

type Values = Mapping[str, object]

type Place = tuple[int, int, str]
"""Where the value of a parameter is: of which part and which query of it, and under which name."""


class Parameters(Protocol):
    """Stands for the values in a statement."""

    def at(self, place: Place, kind: TypeEngine[Any], /) -> ColumnElement[Any]:
        """Returns what stands for a value."""
        ...

    def take(self, place: Place, parameter: BindParameter[Any], /) -> None:
        """Takes over a parameter that is in the SQL already."""
        ...


class Binds:
    """The values of one query of one part of a statement."""

    def __init__(self, part: int, query: int, parameters: Parameters) -> None:
        self._part = part
        self._query = query
        self._parameters = parameters

    def __call__(self, name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
        """Returns what stands for one of the values."""
        return self._parameters.at((self._part, self._query, name), kind)

    def those_of(self, parameters: Sequence[BindParameter[Any]]) -> None:
        """Takes parameters that are in the SQL already; the names of their values are their places among them."""
        for place, parameter in enumerate(parameters):
            self._parameters.take((self._part, self._query, str(place)), parameter)


class OwnParameters:
    """A parameter for each value."""

    def __init__(self) -> None:
        self.places: dict[BindParameter[Any], Place] = {}

    def at(self, place: Place, kind: TypeEngine[Any]) -> ColumnElement[Any]:
        parameter = bindparam(" ".join(map(str, place)), type_=kind, required=True)
        self.places[parameter] = place
        return parameter

    def take(self, place: Place, parameter: BindParameter[Any]) -> None:
        self.places[parameter] = place


class GivenParameters:
    """A parameter for the values of all who ask, each of whom is a row of what is `given`."""

    def __init__(self) -> None:
        self.places: dict[BindParameter[Any], Place] = {}
        self._columns: dict[Place, ColumnElement[Any]] = {}

    def at(self, place: Place, kind: TypeEngine[Any]) -> ColumnElement[Any]:
        if place not in self._columns:
            name = f"value_{len(self._columns)}"
            self.places[bindparam(name, type_=ARRAY(kind), required=True)] = place
            # To SQLAlchemy it belongs to no table, or the selects within the statement would select from it again.
            self._columns[place] = literal_column(f"given.{name}", kind)
        return self._columns[place]

    def take(self, place: Place, parameter: BindParameter[Any]) -> None:
        raise NotImplementedError

    def given(self) -> TableValuedAlias:
        """Returns the rows, in the order of those who ask."""
        columns = [parameter.key for parameter in self.places]
        values = func.unnest(*self.places).table_valued(*columns, with_ordinality="place")
        return values.render_derived("given")
