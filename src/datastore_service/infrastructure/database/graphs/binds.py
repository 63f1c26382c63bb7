"""The parameters of a statement that is put together from parts."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, bindparam
from sqlalchemy.types import TypeEngine

type Values = Mapping[str, object]

type Place = tuple[int, int, str]
"""Where the value of a parameter is: of which part and which query of it, and under which name."""


class Binds:
    """The parameters of one query of one part of a statement."""

    def __init__(self, part: int, query: int, places: dict[BindParameter[Any], Place]) -> None:
        self._part = part
        self._query = query
        self._places = places

    def __call__(self, name: str, kind: TypeEngine[Any]) -> BindParameter[Any]:
        """Returns the parameter for one of the values."""
        parameter = bindparam(f"{self._part} {self._query} {name}", type_=kind, required=True)
        self._places[parameter] = (self._part, self._query, name)
        return parameter

    def those_of(self, parameters: Sequence[BindParameter[Any]]) -> None:
        """Takes parameters that are in the SQL already; the names of their values are their places among them."""
        self._places.update({each: (self._part, self._query, str(place)) for place, each in enumerate(parameters)})
