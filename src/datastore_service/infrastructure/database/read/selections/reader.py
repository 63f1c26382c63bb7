"""Reads responses: one statement each, or one for all concurrent requests of the same shape."""

from collections.abc import Awaitable, Callable, Sequence
from functools import cache, lru_cache, partial
from math import prod
from typing import Any, Final

import asyncpg

from datastore_service.application.limits import Limits
from datastore_service.application.messages import NotReadableAtOnce, Query
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.read.selections import Constant, Part, Selected
from datastore_service.application.views import JsonText
from datastore_service.infrastructure.database.engine.batching import Batcher
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pool import Pool, Rows
from datastore_service.infrastructure.database.engine.pools import ByKeyPool, CustomPlanPool, ListPool, ReadPool
from datastore_service.infrastructure.database.engine.replicated_pool import may_share_statements
from datastore_service.infrastructure.database.engine.statement_cache import StatementCache
from datastore_service.infrastructure.database.read.selections.adaptive_batching import AdaptiveBatcher
from datastore_service.infrastructure.database.read.selections.criteria import RecordList
from datastore_service.infrastructure.database.read.selections.forms import FORMS, KEYED_FORMS, Form
from datastore_service.infrastructure.database.read.selections.nested import NESTED_FORMS, Links, NestedForm, Revisions
from datastore_service.infrastructure.database.read.selections.placeholders import Values
from datastore_service.infrastructure.database.read.selections.statements import AllValues, Forms, Shape, Statement

_KEPT_SCOPES: Final = 64

_MOST: Final = 64
_UNDER_WAY: Final = 2
"""As for records by id (`records_by_id.py`)."""

_MOST_ROWS: Final = 1000
"""PostgreSQL reads this many in some milliseconds."""


class SqlSelectionReader:
    """Reads the views through the pools of the read side; a statement is built once for each shape."""

    def __init__(
        self,
        engine: ReadPool,
        planning: CustomPlanPool,
        keyed: ByKeyPool,
        lists: ListPool,
        cursors: CursorSigner,
        limits: Limits,
    ) -> None:
        self._engine = engine
        self._planning = planning
        self._keyed = keyed
        self._lists = lists
        self._cursors = cursors
        self._limits = limits
        self._answers = StatementCache(self._answering)
        self._unshared_answers = StatementCache(self._answering_alone)

    async def read(self, parts: Sequence[Constant | Part]) -> JsonText:
        shape: list[Any] = []
        asked: list[Sequence[Values]] = []
        for part in parts:
            if isinstance(part, Constant):
                shape.append(part)
                asked.append(())
            else:
                described = [self._described(query) for query in part.queries]
                shape.append((part.shape, tuple([form for form, _ in described])))
                asked.append([its_values for _, its_values in described])
        known = tuple(shape)
        is_long = any(form.criteria.is_long for _, form in _lists_of(known))
        if is_long:
            return await (await self._unshared_answers.long(known))(asked)
        answers = self._answers if may_share_statements(self._keyed) else self._unshared_answers
        return await answers.short(known)(asked)

    def _described(self, query: Query[Any]) -> tuple[Form | NestedForm | None, Values]:
        """Returns a query's form and values; a query that reads nothing has neither."""
        if type(query) in FORMS:
            form, values = FORMS[type(query)](query, self._limits)
            is_signed = isinstance(query, ListRecords)
            return form, {**values, **_signing(self._cursors.key, query.criteria.scope)} if is_signed else values
        describe = NESTED_FORMS.get(type(query))
        return describe(query) if describe else (None, {})

    def _answering(self, shape: Shape) -> Callable[[AllValues], Awaitable[JsonText]]:
        """Returns the function that answers requests of this shape."""
        most, lists = _most_together(shape), _lists_of(shape)
        # Built when it is first needed.
        statement = cache(partial(Statement.together, shape, self._limits.page_bytes))

        async def together(group: Sequence[AllValues]) -> Sequence[JsonText | NotReadableAtOnce]:
            return await _together(self._lists if lists else self._keyed, statement(), group)

        if most > 1 and not lists:
            return Batcher(together, most=most, under_way=_UNDER_WAY).submit
        alone = self._answering_alone(shape)
        return alone if most == 1 else AdaptiveBatcher(alone, together, most=most).submit

    def _answering_alone(self, shape: Shape) -> Callable[[AllValues], Awaitable[JsonText]]:
        """Returns the function that answers each request with its own statement."""
        return partial(
            _alone, self._engine if _settles(shape) else self._planning, Statement.alone(shape, self._limits.page_bytes)
        )


def _most_together(shape: Shape) -> int:
    """Returns how many requests of this shape may share a statement: a request that reads much would delay others."""
    parts = _parts_of(shape)
    forms = [form for _, its in parts for form in its if form is not None]
    if not forms or not all(map(_is_quick, forms)) or any(_counts(each) for each, _ in parts):
        return 1
    rows = prod(form.page.limit + 1 for form in forms if isinstance(form, RecordList | Links | Revisions))
    return max(1, min(_MOST, _MOST_ROWS // rows))


def _is_quick(form: Form | NestedForm) -> bool:
    return form.criteria.settles if isinstance(form, RecordList) else type(form) in KEYED_FORMS


def _parts_of(shape: Shape) -> Sequence[tuple[Selected, Forms]]:
    return [part for part in shape if not isinstance(part, Constant)]


def _settles(shape: Shape) -> bool:
    """Tells whether PostgreSQL's best plan is the same for all values."""
    return all(form.criteria.settles and not each.has("total_count") for each, form in _lists_of(shape))


def _lists_of(shape: Shape) -> Sequence[tuple[Selected, RecordList]]:
    return [(each, forms[0]) for each, forms in _parts_of(shape) if isinstance(forms[0], RecordList)]


def _counts(shape: Selected) -> bool:
    return shape.has("total_count") or any(_counts(each) for each in shape.members if isinstance(each, Selected))


async def _alone(pool: Pool, statement: Statement, asked: AllValues) -> JsonText:
    return (await _fetched(pool, statement.sql, statement.of_one(asked)))[0][0]


async def _together(
    pool: Pool, statement: Statement, group: Sequence[AllValues]
) -> Sequence[JsonText | NotReadableAtOnce]:
    try:
        rows = await _fetched(pool, statement.sql, statement.of_all(group))
    except NotReadableAtOnce as error:
        if len(group) == 1:
            return [error]
        # A request that fails must not make the others fail.
        middle = len(group) // 2
        halves = [await _together(pool, statement, half) for half in (group[:middle], group[middle:])]
        return [answer for half in halves for answer in half]
    return [row[0] for row in rows]


async def _fetched(pool: Pool, sql: str, arguments: Sequence[object]) -> Rows:
    try:
        with translate_database_errors():
            return await pool.fetch(sql, arguments)
    # For example a version beyond GraphQL's Int, or a name that PostgreSQL cannot store.
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise NotReadableAtOnce(str(error)) from error


@lru_cache(_KEPT_SCOPES)
def _signing(key: bytes, scope: str) -> Values:
    """Returns the values that sign the cursors of records."""
    inner, outer = CursorSigner(key).pads(scope)
    return {"inner": inner, "outer": outer}
