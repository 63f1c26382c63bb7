"""Reads answers: one statement each, which is put together and compiled once for all answers of a shape."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import asyncpg
from sqlalchemy import BindParameter, ColumnElement, FromClause, select
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from datastore_service.application.cursors import CursorSigner
from datastore_service.application.limits import Limits
from datastore_service.application.messages import Query
from datastore_service.application.ports.graphs import NotReadableAtOnce
from datastore_service.application.queries.list_records import ListRecords
from datastore_service.application.selections import Constant, Part, Selected
from datastore_service.application.views import JsonText
from datastore_service.infrastructure.database.availability import unavailability_reported
from datastore_service.infrastructure.database.engine import ReadEngine
from datastore_service.infrastructure.database.graphs import texts
from datastore_service.infrastructure.database.graphs.binds import Binds, Place, Values
from datastore_service.infrastructure.database.graphs.forms import FORMS, Form
from datastore_service.infrastructure.database.graphs.nested import NESTED_FORMS, NestedForm
from datastore_service.infrastructure.database.statements import converters_of

_KEPT_STATEMENTS = 512
_KEPT_SCOPES = 64

type _Forms = tuple[Form | NestedForm | None, ...]
type _Shape = tuple[Constant | tuple[Selected, _Forms], ...]


@dataclass(frozen=True, slots=True)
class _Argument:
    """Where an argument is found; one that has no place is of the shape, and always the same."""

    place: Place | None
    always: object
    convert: Callable[[Any], Any] | None

    def among(self, values: Sequence[Sequence[Values]]) -> object:
        if self.place is None:
            found = self.always
        else:
            part, query, name = self.place
            found = values[part][query][name]
        return self.convert(found) if self.convert else found


@dataclass(frozen=True, slots=True)
class _Statement:
    sql: str
    arguments: Sequence[_Argument]


@dataclass(frozen=True, slots=True)
class SqlGraphReader:
    """Reads the views through the read pool."""

    engine: ReadEngine
    cursors: CursorSigner
    limits: Limits

    async def read(self, parts: Sequence[Constant | Part]) -> JsonText:
        shape: list[Constant | tuple[Selected, _Forms]] = []
        values: list[Sequence[Values]] = []
        for part in parts:
            if isinstance(part, Constant):
                shape.append(part)
                values.append(())
            else:
                described = [self._described(query) for query in part.queries]
                shape.append((part.shape, tuple([form for form, _ in described])))
                values.append([its_values for _, its_values in described])
        statement = _statement(tuple(shape))
        return await self._fetched(statement.sql, [argument.among(values) for argument in statement.arguments])

    def _described(self, query: Query[Any]) -> tuple[Form | NestedForm | None, Values]:
        """Returns a query's form and values; one that nothing is read for has neither."""
        if type(query) in FORMS:
            form, values = FORMS[type(query)](query, self.limits)
            is_signed = isinstance(query, ListRecords)
            return form, {**values, **_signing(self.cursors.key, query.question.scope)} if is_signed else values
        describe = NESTED_FORMS.get(type(query))
        return describe(query) if describe else (None, {})

    async def _fetched(self, sql: str, arguments: Sequence[object]) -> JsonText:
        try:
            with unavailability_reported():
                return (await self.engine.fetch(sql, arguments))[0][0]
        # Such as a version that is no Int of GraphQL, or a name that PostgreSQL cannot hold.
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise NotReadableAtOnce(str(error)) from error


@lru_cache(_KEPT_SCOPES)
def _signing(key: bytes, scope: str) -> Values:
    """Returns what cursors of records are signed with."""
    inner, outer = CursorSigner(key).pads(scope)
    return {"inner": inner, "outer": outer}


@lru_cache(_KEPT_STATEMENTS)
def _statement(shape: _Shape) -> _Statement:
    pieces: list[texts.Piece] = ["{"]
    places: dict[BindParameter[Any], Place] = {}
    for number, part in enumerate(shape):
        pieces.append("," if number else "")
        if isinstance(part, Constant):
            pieces.append(f'"{part.key}":{part.value}')
        else:
            pieces += [f'"{part[0].key}":', texts.unless_null(_part(number, *part, places))]
    compiled = select(texts.joined([*pieces, "}"])).compile(dialect=asyncpg_dialect())
    converters, names = converters_of(compiled), compiled.bind_names
    by_name = {names[parameter]: place for parameter, place in places.items() if parameter in names}
    arguments = [
        _Argument(by_name.get(name), compiled.binds[name].effective_value, converters.get(name))
        for name in compiled.positiontup or ()
    ]
    return _Statement(compiled.string, arguments)


def _part(number: int, shape: Selected, forms: _Forms, places: dict[BindParameter[Any], Place]) -> ColumnElement[str]:
    def below(member: Selected, row: FromClause) -> ColumnElement[str]:
        form = cast("NestedForm", forms[member.asks])
        return form.text(member, Binds(number, member.asks, places), below, row)

    return cast("Form", forms[0]).text(shape, Binds(number, 0, places), below)
