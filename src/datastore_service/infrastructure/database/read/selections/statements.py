"""The statement for the responses of a shape, for one request or for many concurrent ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BindParameter, ColumnElement, FromClause, Integer, Select, Text, case, func, select
from sqlalchemy import cast as cast_in_sql

from datastore_service.application.read.selections import Constant, Selected
from datastore_service.infrastructure.database.engine.constants import number
from datastore_service.infrastructure.database.engine.statements import prepared
from datastore_service.infrastructure.database.read import texts
from datastore_service.infrastructure.database.read.selections.forms import Form
from datastore_service.infrastructure.database.read.selections.nested import NestedForm
from datastore_service.infrastructure.database.read.selections.placeholders import (
    GivenParameters,
    OwnParameters,
    Parameters,
    Place,
    Placeholders,
    Values,
)

type Forms = tuple[Form | NestedForm | None, ...]
type Shape = tuple[Constant | tuple[Selected, Forms], ...]

type AllValues = Sequence[Sequence[Values]]
"""The values of one request: of each query in each part."""


type _Find = Callable[[AllValues], object]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement's text, and how to find its arguments."""

    sql: str
    _arguments: Sequence[tuple[_Find, Callable[[Any], Any] | None]]

    @classmethod
    def alone(cls, shape: Shape, most: int) -> "Statement":
        """Returns the statement for one request, with one row; it fails if the response exceeds the limit in bytes."""
        parameters = OwnParameters()
        # An expression behind OFFSET is computed once, however often it is used.
        answer = select(_text(shape, parameters).label("text")).offset(number(0)).subquery()
        return cls._compiled(select(_within(answer.c.text, most)), parameters.places)

    @classmethod
    def together(cls, shape: Shape, most: int) -> "Statement":
        """Returns the statement for several requests of a shape, with one row for each, in order.

        It fails if one of the responses exceeds the limit in bytes.
        """
        parameters = GivenParameters()
        text, given = _text(shape, parameters), parameters.given()
        answers = select(given.c.place, text.label("text")).select_from(given).offset(number(0)).subquery()
        query = select(_within(answers.c.text, most)).order_by(answers.c.place)
        return cls._compiled(query, parameters.places)

    @classmethod
    def _compiled(cls, query: Select[Any], places: Mapping[BindParameter[Any], Place]) -> "Statement":
        statement = prepared(query)
        by_name = {parameter.key: place for parameter, place in places.items()}
        found = [(_finding(by_name[name]), statement.converters.get(name)) for name in statement.names]
        return cls(statement.text, found)

    def of_one(self, asked: AllValues) -> Sequence[object]:
        """Returns the arguments for one request."""
        return [convert(find(asked)) if convert else find(asked) for find, convert in self._arguments]

    def of_all(self, group: Sequence[AllValues]) -> Sequence[object]:
        """Returns the arguments for several requests."""
        values = [([find(asked) for asked in group], convert) for find, convert in self._arguments]
        return [convert(each) if convert else each for each, convert in values]


def _within(text: ColumnElement[str], most: int) -> ColumnElement[str]:
    """Returns the text; if it is too long, the statement fails, because its first character is not a number."""
    fails = texts.text(cast_in_sql(func.left(text, number(1), type_=Text), Integer))
    return case((func.octet_length(text) <= number(most), text), else_=fails)


def _finding(place: Place) -> _Find:
    part, query, name = place
    if isinstance(name, str):
        return lambda asked: asked[part][query][name]
    return lambda asked: name(cast("Any", asked[part][query]["asked"]))


def _text(shape: Shape, parameters: Parameters) -> ColumnElement[str]:
    pieces: list[texts.Piece] = ["{"]
    for place, part in enumerate(shape):
        pieces.append("," if place else "")
        if isinstance(part, Constant):
            pieces.append(f'"{part.key}":{part.value}')
        else:
            pieces += [f'"{part[0].key}":', texts.unless_null(_part(place, *part, parameters))]
    return texts.joined([*pieces, "}"])


def _part(place: int, shape: Selected, forms: Forms, parameters: Parameters) -> ColumnElement[str]:
    def below(member: Selected, row: FromClause) -> ColumnElement[str]:
        form = cast("NestedForm", forms[member.asks])
        return form.text(member, Placeholders(place, member.asks, parameters), below, row)

    return cast("Form", forms[0]).text(shape, Placeholders(place, 0, parameters), below)
