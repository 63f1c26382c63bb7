"""The parameters of a statement that is put together from parts."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BindParameter, bindparam
from sqlalchemy.types import TypeEngine

type Values = Mapping[str, object]


class Binds:
    """The parameters of one query of one part of a statement."""

    def __init__(self, part: int, query: int) -> None:
        self._place = f"{part} {query}"

    def __call__(self, name: str, kind: TypeEngine[Any]) -> BindParameter[Any]:
        """Returns the parameter for one of the values."""
        return bindparam(f"{self._place} {name}", type_=kind, required=True)
