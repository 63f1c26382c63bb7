"""Reads answers: one statement each, which is put together and compiled once for all answers of a shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import asyncpg
from sqlalchemy import select
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from datastore_service.application.cursors import CursorSigner
from datastore_service.application.ports.graphs import NotReadableAtOnce
from datastore_service.application.questions.question import EVERYTHING
from datastore_service.application.selections import Constant, Part, Selected
from datastore_service.application.views import JsonText
from datastore_service.infrastructure.database.availability import unavailability_reported
from datastore_service.infrastructure.database.engine import ReadEngine
from datastore_service.infrastructure.database.graphs import texts
from datastore_service.infrastructure.database.graphs.binds import Binds, Values
from datastore_service.infrastructure.database.graphs.forms import FORMS, Form

_KEPT_STATEMENTS = 512

type _Shape = tuple[Constant | tuple[Selected, Form], ...]


@dataclass(frozen=True, slots=True)
class _Statement:
    """SQL, and of each argument the part that it is from and its name there."""

    sql: str
    arguments: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class SqlGraphReader:
    """Reads the views through the read pool."""

    engine: ReadEngine
    cursors: CursorSigner

    async def read(self, parts: Sequence[Constant | Part]) -> JsonText:
        shape: list[Constant | tuple[Selected, Form]] = []
        values: list[Values] = []
        for part in parts:
            if isinstance(part, Constant):
                shape.append(part)
                values.append({})
            else:
                form, its_values = FORMS[type(part.queries[0])](part.queries[0])
                shape.append((part.shape, form))
                inner, outer = self.cursors.pads(EVERYTHING.scope)
                values.append({"inner": inner, "outer": outer, **its_values})
        statement = _statement(tuple(shape))
        return await self._fetched(statement.sql, [values[part][name] for part, name in statement.arguments])

    async def _fetched(self, sql: str, arguments: Sequence[object]) -> JsonText:
        try:
            with unavailability_reported():
                return (await self.engine.fetch(sql, arguments))[0][0]
        # Such as a version that is no Int of GraphQL, or a name that PostgreSQL cannot hold.
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise NotReadableAtOnce(str(error)) from error


@lru_cache(_KEPT_STATEMENTS)
def _statement(shape: _Shape) -> _Statement:
    pieces: list[texts.Piece] = ["{"]
    for number, part in enumerate(shape):
        pieces.append("," if number else "")
        if isinstance(part, Constant):
            pieces.append(f'"{part.key}":{part.value}')
        else:
            member, form = part
            pieces += [f'"{member.key}":', texts.unless_null(form.text(member, Binds(number)))]
    compiled = select(texts.joined([*pieces, "}"])).compile(dialect=asyncpg_dialect())
    arguments = [name.split(" ", 1) for name in compiled.positiontup or ()]
    return _Statement(compiled.string, [(int(part), name) for part, name in arguments])
