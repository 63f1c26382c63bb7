"""Records from the denormalised view."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, lru_cache, partial
from typing import Any, Final
from uuid import UUID

from asyncpg import InvalidParameterValueError
from sqlalchemy import ColumnElement, FromClause, Select, Text, case, cast, func, select
from sqlalchemy.dialects.postgresql import array

from datastore_service.application.errors import AnswerTooLarge
from datastore_service.application.fields import Field, PayloadPath
from datastore_service.application.large_requests import computed
from datastore_service.application.limits import Limits
from datastore_service.application.read.criteria.aggregates import AggregateCriteria, Aggregates
from datastore_service.application.read.criteria.group_keys import unknown_time_zone
from datastore_service.application.read.criteria.projection import possible_arrays
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import Page, PageRequest, TextPage
from datastore_service.application.views import COSTLY_MEMBERS, CostlyMember, ProjectedRecord, RecordView
from datastore_service.domain.errors import RecordDeleted, RecordNotFound
from datastore_service.infrastructure.database.engine.constants import constant
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pool import Row
from datastore_service.infrastructure.database.engine.pools import ByKeyPool, CustomPlanPool, ReadPool
from datastore_service.infrastructure.database.engine.statements import runnable
from datastore_service.infrastructure.database.read.readers.aggregates import aggregate_query, aggregates_of
from datastore_service.infrastructure.database.read.readers.bound_queries import BoundQuery, bound
from datastore_service.infrastructure.database.read.readers.forms import CriteriaForm
from datastore_service.infrastructure.database.read.readers.pages import read_rows
from datastore_service.infrastructure.database.read.readers.record_lists import Columns, RecordLists, page_of
from datastore_service.infrastructure.database.read.readers.sizes import read_from, with_texts
from datastore_service.infrastructure.database.read.readers.sources import source_of
from datastore_service.infrastructure.database.read.readers.values import column_of, json_of, shown
from datastore_service.infrastructure.database.read.readers.where import apply_criteria, search_of
from datastore_service.infrastructure.database.schema.paths import FEW, path_value, payload_once
from datastore_service.infrastructure.database.schema.record_rows import record_columns, stored_columns, view_of
from datastore_service.infrastructure.database.schema.records_by_id import RecordsById
from datastore_service.infrastructure.database.schema.views import record_view

_KEPT_PICKS: Final = 512


class SqlRecordReader:
    """Reads `record_view` through the pools of the read side, with one connection for each call."""

    def __init__(self, engine: ReadPool, planning: CustomPlanPool, keyed: ByKeyPool, limits: Limits) -> None:
        self._engine = engine
        self._planning = planning
        self._language = limits.search_language
        self._page_bytes = limits.page_bytes
        self._lists = RecordLists(engine, planning, limits.search_language, limits.page_bytes)
        self._by_id = RecordsById(keyed)

    async def get(self, record_id: UUID) -> RecordView:
        row = await self._by_id.one(record_id)
        if row is None:
            raise RecordNotFound(record_id)
        if row["deleted_at"] is not None:
            raise RecordDeleted(record_id)
        return view_of(row)

    async def page(
        self, criteria: RecordCriteria, request: PageRequest, members: frozenset[CostlyMember] = COSTLY_MEMBERS
    ) -> Page[RecordView]:
        found = await self._lists.found(_columns_with(members), criteria, request)
        return page_of([view_of(row) for row in found.rows], request, found)

    async def text(self, criteria: RecordCriteria, request: PageRequest) -> TextPage:
        return await self._lists.text(criteria, request)

    async def pick(
        self, criteria: RecordCriteria, request: PageRequest, fields: Sequence[Field]
    ) -> Page[ProjectedRecord]:
        found = await self._lists.found(_columns_of_fields(tuple(fields)), criteria, request)
        return page_of([_picked(row, fields) for row in found.rows], request, found)

    async def many(self, record_ids: Collection[UUID]) -> Mapping[UUID, RecordView]:
        present = _raw.where(record_view.c.deleted_at.is_(None), record_view.c.id.in_(record_ids))
        rows = await read_rows(self._engine, with_texts(present, self._page_bytes // max(1, len(record_ids))))
        if any(row.payload is None for row in rows):
            with translate_database_errors():
                text, arguments = runnable(with_texts(present), {})
                rows, cut = await self._engine.fetch_within(text, arguments, self._page_bytes)
            if cut:
                raise AnswerTooLarge(self._page_bytes)
        return {row.id: view_of(row) for row in rows}

    async def collections(self, record_ids: Collection[UUID]) -> Mapping[UUID, str]:
        query = select(record_view.c.id, record_view.c.collection).where(record_view.c.id.in_(record_ids))
        return {row.id: row.collection for row in await read_rows(self._engine, query)}

    async def count(self, criteria: RecordCriteria) -> int:
        form = CriteriaForm.of(criteria)
        compose = partial(_count_query, criteria, form, self._language)
        return (await read_rows(self._planning, await _composed(compose, is_long=form.is_long)))[0][0]

    async def aggregate(self, criteria: AggregateCriteria) -> Aggregates:
        compose = partial(aggregate_query, criteria, self._language)
        query = await _composed(compose, is_long=CriteriaForm.of(criteria.records).is_long)
        try:
            return aggregates_of(criteria, await read_rows(self._planning, query))
        except InvalidParameterValueError as error:
            # Only the time zone can be refused: one that Python knows and the database does not.
            raise unknown_time_zone(criteria.time_zone, "/time_zone") from error


def _count_query(criteria: RecordCriteria, form: CriteriaForm, language: str) -> Select[*tuple[Any, ...]]:
    bind = bound(BoundQuery.of(criteria))
    source, search = source_of(form, bind), search_of(form, bind, language)
    return apply_criteria(select(func.count()).select_from(source), form, source, bind, search)


async def _composed(compose: Callable[[], Select[*tuple[Any, ...]]], *, is_long: bool) -> Select[*tuple[Any, ...]]:
    """Returns a query; a long one is compiled as well, which is remembered, without making other requests wait."""
    if not is_long:
        return compose()

    def compiled() -> Select[*tuple[Any, ...]]:
        query = compose()
        runnable(query, {})
        return query

    return await computed(compiled)


_raw: Final = select(*stored_columns(record_view))


@cache
def _columns_with(members: frozenset[CostlyMember]) -> Columns:
    """Returns the columns of a record's view, without costly members that are not among these."""
    return lambda source: select(*record_columns(source, members))


@lru_cache(_KEPT_PICKS)
def _columns_of_fields(fields: Sequence[Field]) -> Columns:
    """Returns the columns of these fields."""

    def columns(source: FromClause) -> Select[*tuple[Any, ...]]:
        places, arrays = _places(fields), possible_arrays(fields)
        if len(places) + len(arrays) <= FEW:
            picked = [shown(each, column_of(each, source)).label(f"picked_{at}") for at, each in enumerate(fields)]
            lengths = [
                _length(path_value(source.c.payload, place)).label(f"length_{number}")
                for number, place in enumerate(arrays)
            ]
            return select(source.c.id, *picked, *lengths)
        picked = [column_of(each, source).label(f"picked_{at}") for at, each in enumerate(fields) if each not in places]
        whole = read_from(source)
        once = payload_once(whole, source.c.payload)
        texts = [
            *(shown(each, column_of(each, source, once.c.payload)) for each in places),
            *(cast(_length(path_value(once.c.payload, place)), Text) for place in arrays),
        ]
        together = select(array(texts)).select_from(once).correlate(whole).scalar_subquery().label("together")
        return select(source.c.id, *picked, together).select_from(whole)

    return columns


def _places(fields: Sequence[Field]) -> Sequence[PayloadPath]:
    return [field for field in fields if isinstance(field, PayloadPath)]


def _picked(row: Row, fields: Sequence[Field]) -> ProjectedRecord:
    places, arrays = _places(fields), possible_arrays(fields)
    values: Mapping[Field, Any]
    if len(places) + len(arrays) <= FEW:
        values = {field: row[f"picked_{place}"] for place, field in enumerate(fields)}
        lengths = {place: row[f"length_{number}"] for number, place in enumerate(arrays)}
    else:
        texts: Sequence[str | None] = row["together"]
        shared = dict(zip(places, texts, strict=False))
        values = {field: shared[field] if field in shared else row[f"picked_{at}"] for at, field in enumerate(fields)}
        of_arrays = zip(arrays, texts[len(places) :], strict=True)
        lengths = {place: None if length is None else int(length) for place, length in of_arrays}
    return ProjectedRecord(
        {field: json_of(value, field) for field, value in values.items() if value is not None},
        {place: length for place, length in lengths.items() if length is not None},
    )


def _length(value: ColumnElement[Any]) -> ColumnElement[int]:
    """Returns the length of an array; NULL for other values."""
    return case((func.jsonb_typeof(value) == constant("array"), func.jsonb_array_length(value)))
