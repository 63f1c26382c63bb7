"""Reads answers: one statement each, which is put together and compiled once for all answers of a shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import asyncpg
from sqlalchemy import ColumnElement, FromClause, select
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from datastore_service.application.cursors import CursorSigner
from datastore_service.application.messages import Query
from datastore_service.application.ports.graphs import NotReadableAtOnce
from datastore_service.application.questions.question import EVERYTHING
from datastore_service.application.selections import Constant, Part, Selected
from datastore_service.application.views import JsonText
from datastore_service.infrastructure.database.availability import unavailability_reported
from datastore_service.infrastructure.database.engine import ReadEngine
from datastore_service.infrastructure.database.graphs import texts
from datastore_service.infrastructure.database.graphs.binds import Binds, Values
from datastore_service.infrastructure.database.graphs.forms import FORMS, Form
from datastore_service.infrastructure.database.graphs.nested import NESTED_FORMS, NestedForm

_KEPT_STATEMENTS = 512

type _Forms = tuple[Form | NestedForm | None, ...]
type _Shape = tuple[Constant | tuple[Selected, _Forms], ...]


@dataclass(frozen=True, slots=True)
class _Statement:
    """SQL, and of each argument the part and the query that it is from, and its name there."""

    sql: str
    arguments: Sequence[tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class SqlGraphReader:
    """Reads the views through the read pool."""

    engine: ReadEngine
    cursors: CursorSigner

    async def read(self, parts: Sequence[Constant | Part]) -> JsonText:
        shape: list[Constant | tuple[Selected, _Forms]] = []
        values: list[Sequence[Values]] = []
        signing = _signing(self.cursors.key)
        for part in parts:
            if isinstance(part, Constant):
                shape.append(part)
                values.append(())
            else:
                described = [_described(query) for query in part.queries]
                shape.append((part.shape, tuple([form for form, _ in described])))
                values.append([{**signing, **its_values} for _, its_values in described])
        statement = _statement(tuple(shape))
        arguments = [values[part][query][name] for part, query, name in statement.arguments]
        return await self._fetched(statement.sql, arguments)

    async def _fetched(self, sql: str, arguments: Sequence[object]) -> JsonText:
        try:
            with unavailability_reported():
                return (await self.engine.fetch(sql, arguments))[0][0]
        # Such as a version that is no Int of GraphQL, or a name that PostgreSQL cannot hold.
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise NotReadableAtOnce(str(error)) from error


def _described(query: Query[Any]) -> tuple[Form | NestedForm | None, Values]:
    """Returns a query's form and values; one that nothing is read for has neither."""
    describe = FORMS.get(type(query)) or NESTED_FORMS.get(type(query))
    return describe(query) if describe else (None, {})


@lru_cache(1)
def _signing(key: bytes) -> Values:
    """Returns what cursors of records are signed with."""
    inner, outer = CursorSigner(key).pads(EVERYTHING.scope)
    return {"inner": inner, "outer": outer}


@lru_cache(_KEPT_STATEMENTS)
def _statement(shape: _Shape) -> _Statement:
    pieces: list[texts.Piece] = ["{"]
    for number, part in enumerate(shape):
        pieces.append("," if number else "")
        if isinstance(part, Constant):
            pieces.append(f'"{part.key}":{part.value}')
        else:
            pieces += [f'"{part[0].key}":', texts.unless_null(_part(number, *part))]
    compiled = select(texts.joined([*pieces, "}"])).compile(dialect=asyncpg_dialect())
    arguments = [name.split(" ") for name in compiled.positiontup or ()]
    return _Statement(compiled.string, [(int(part), int(query), name) for part, query, name in arguments])


def _part(number: int, shape: Selected, forms: _Forms) -> ColumnElement[str]:
    def below(member: Selected, row: FromClause) -> ColumnElement[str]:
        form = cast("NestedForm", forms[member.asks])
        return form.text(member, Binds(number, member.asks), below, row)

    return cast("Form", forms[0]).text(shape, Binds(number, 0), below)
