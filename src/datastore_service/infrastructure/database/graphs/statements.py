"""The statement for answers of a shape, for one who asks, or for many who ask at the same moment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BindParameter, ColumnElement, FromClause, Select, select
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

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
from datastore_service.infrastructure.database.statements import converters_of

type Forms = tuple[Form | NestedForm | None, ...]
type Shape = tuple[Constant | tuple[Selected, Forms], ...]

type Asked = Sequence[Sequence[Values]]
"""The values of one who asks: of each query of each part."""


@dataclass(frozen=True, slots=True)
class _Argument:
    """Where an argument is found; one that has no place is of the shape, and always the same."""

    place: Place | None
    always: object
    convert: Callable[[Any], Any] | None

    def of_one(self, asked: Asked) -> object:
        return self._converted(self.always if self.place is None else _at(self.place, asked))

    def of_all(self, group: Sequence[Asked]) -> object:
        place = self.place
        return self._converted(self.always if place is None else [_at(place, asked) for asked in group])

    def _converted(self, found: object) -> object:
        return self.convert(found) if self.convert else found


def _at(place: Place, asked: Asked) -> object:
    part, query, name = place
    return asked[part][query][name]


@dataclass(frozen=True, slots=True)
class Statement:
    """A text, and what goes with it."""

    sql: str
    _arguments: Sequence[_Argument]

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
        compiled = query.compile(dialect=asyncpg_dialect())
        converters, names = converters_of(compiled), compiled.bind_names
        by_name = {names[parameter]: place for parameter, place in places.items() if parameter in names}
        arguments = [
            _Argument(by_name.get(name), compiled.binds[name].effective_value, converters.get(name))
            for name in compiled.positiontup or ()
        ]
        return cls(compiled.string, arguments)

    def of_one(self, asked: Asked) -> Sequence[object]:
        """Returns the arguments for one who asks."""
        return [argument.of_one(asked) for argument in self._arguments]

    def of_all(self, group: Sequence[Asked]) -> Sequence[object]:
        """Returns the arguments for all who ask."""
        return [argument.of_all(group) for argument in self._arguments]


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
