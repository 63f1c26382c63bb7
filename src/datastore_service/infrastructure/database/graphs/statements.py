"""The statement for answers of a shape, for one who asks, or for many who ask at the same moment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BindParameter, ColumnElement, FromClause, Select, select

from datastore_service.application.selections import Constant, Selected
from datastore_service.infrastructure.database.graphs import texts
from datastore_service.infrastructure.database.graphs.binds import (
    Binds,
    GivenParameters,
    OwnParameters,
    Parameters,
    Place,
    Values,
)
from datastore_service.infrastructure.database.graphs.forms import Form
from datastore_service.infrastructure.database.graphs.nested import NestedForm
from datastore_service.infrastructure.database.statements import prepared

type Forms = tuple[Form | NestedForm | None, ...]
type Shape = tuple[Constant | tuple[Selected, Forms], ...]

type AllValues = Sequence[Sequence[Values]]
"""The values of one who asks: of each query of each part."""


type _Find = Callable[[AllValues], object]


@dataclass(frozen=True, slots=True)
class Statement:
    """A text, and what goes with it."""

    sql: str
    _arguments: Sequence[tuple[_Find, Callable[[Any], Any] | None]]

    @classmethod
    def alone(cls, shape: Shape) -> "Statement":
        """Returns the statement that answers one who asks, in one row."""
        parameters = OwnParameters()
        return cls._compiled(select(_text(shape, parameters)), parameters.places)

    @classmethod
    def together(cls, shape: Shape) -> "Statement":
        """Returns the statement that answers all who ask for such a shape, in a row each, in their order."""
        parameters = GivenParameters()
        text, given = _text(shape, parameters), parameters.given()
        return cls._compiled(select(text).select_from(given).order_by(given.c.place), parameters.places)

    @classmethod
    def _compiled(cls, query: Select[Any], places: Mapping[BindParameter[Any], Place]) -> "Statement":
        statement = prepared(query)
        by_name = {parameter.key: place for parameter, place in places.items()}
        found = [(_finding(by_name[name]), statement.converters.get(name)) for name in statement.names]
        return cls(statement.text, found)

    def of_one(self, asked: AllValues) -> Sequence[object]:
        """Returns the arguments for one who asks."""
        return [convert(find(asked)) if convert else find(asked) for find, convert in self._arguments]

    def of_all(self, group: Sequence[AllValues]) -> Sequence[object]:
        """Returns the arguments for all who ask."""
        values = [([find(asked) for asked in group], convert) for find, convert in self._arguments]
        return [convert(each) if convert else each for each, convert in values]


def _finding(place: Place) -> _Find:
    part, query, name = place
    if isinstance(name, str):
        return lambda asked: asked[part][query][name]
    return lambda asked: name(cast("Any", asked[part][query]["asked"]))


def _text(shape: Shape, parameters: Parameters) -> ColumnElement[str]:
    pieces: list[texts.Piece] = ["{"]
    for number, part in enumerate(shape):
        pieces.append("," if number else "")
        if isinstance(part, Constant):
            pieces.append(f'"{part.key}":{part.value}')
        else:
            pieces += [f'"{part[0].key}":', texts.unless_null(_part(number, *part, parameters))]
    return texts.joined([*pieces, "}"])


def _part(number: int, shape: Selected, forms: Forms, parameters: Parameters) -> ColumnElement[str]:
    def below(member: Selected, row: FromClause) -> ColumnElement[str]:
        form = cast("NestedForm", forms[member.asks])
        return form.text(member, Binds(number, member.asks, parameters), below, row)

    return cast("Form", forms[0]).text(shape, Binds(number, 0, parameters), below)
