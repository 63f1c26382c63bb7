"""Records from the denormalised view."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, FromClause, Select, Text, cast, func, literal, select

from datastore_service.application.limits import Limits
from datastore_service.application.pagination import Page, PageRequest
from datastore_service.application.questions.aggregates import AggregateQuestion, Aggregates
from datastore_service.application.questions.fields import Field
from datastore_service.application.questions.question import EVERYTHING, RecordQuestion
from datastore_service.application.views import COSTLY_MEMBERS, CostlyMember, JsonText, PickedRecord, RecordView
from datastore_service.domain.errors import RecordDeleted, RecordNotFound
from datastore_service.infrastructure.database.engine import KeyedEngine, ReadEngine
from datastore_service.infrastructure.database.pool import Row, Rows
from datastore_service.infrastructure.database.readers.aggregates import aggregate_query, aggregates_of
from datastore_service.infrastructure.database.readers.meaning import meant, search_of
from datastore_service.infrastructure.database.readers.orders import ListOrder
from datastore_service.infrastructure.database.readers.pages import read_page, read_rows
from datastore_service.infrastructure.database.readers.plain_lists import PlainLists, is_plain
from datastore_service.infrastructure.database.readers.renderings import rendered
from datastore_service.infrastructure.database.readers.sources import record_source
from datastore_service.infrastructure.database.readers.values import column_of, json_of, shown
from datastore_service.infrastructure.database.records_by_id import RecordsById
from datastore_service.infrastructure.database.views import record_view


class SqlRecordReader:
    """Reads `record_view` through the pools of the read side, one connection a call."""

    def __init__(self, engine: ReadEngine, keyed: KeyedEngine, limits: Limits) -> None:
        self.engine = engine
        self.limits = limits
        self._by_id = RecordsById(keyed)

    async def get(self, record_id: UUID) -> RecordView:
        row = await self._by_id.one(record_id)
        if row is None:
            raise RecordNotFound(record_id)
        if row["deleted_at"] is not None:
            raise RecordDeleted(record_id)
        return _view(row)

    async def page(
        self, question: RecordQuestion, request: PageRequest, members: frozenset[CostlyMember] = COSTLY_MEMBERS
    ) -> Page[RecordView]:
        source = record_source(question.as_of)
        search = search_of(question, self.limits)
        order = ListOrder.of(question.arranged, source, search)
        items = meant(_columns_of(source, members).add_columns(*order.columns()), question, source, search)
        rows, behind = await read_page(self.engine, items, source.c.id, request, order)
        return Page[RecordView].of([_view(row) for row in rows], request, behind=behind, cursors=order.places_of(rows))

    async def render(self, question: RecordQuestion, request: PageRequest) -> Page[JsonText]:
        if is_plain(question, request):
            rows = await _PLAIN_TEXTS.rows(self.engine, question.collection, request)
            return _texts_page(rows, None, request, _BY_ID)
        source = record_source(question.as_of)
        search = search_of(question, self.limits)
        order = ListOrder.of(question.arranged, source, search)
        texts = _TEXTS if question.as_of is None else _texts_of(source)
        items = meant(texts.add_columns(*order.columns()), question, source, search)
        rows, behind = await read_page(self.engine, items, source.c.id, request, order)
        return _texts_page(rows, behind, request, order)

    async def pick(self, question: RecordQuestion, request: PageRequest, fields: Sequence[Field]) -> Page[PickedRecord]:
        source = record_source(question.as_of)
        search = search_of(question, self.limits)
        order = ListOrder.of(question.arranged, source, search)
        picked = [shown(field, column_of(field, source)).label(f"picked_{place}") for place, field in enumerate(fields)]
        items = meant(select(source.c.id, *picked, *order.columns()).select_from(source), question, source, search)
        rows, behind = await read_page(self.engine, items, source.c.id, request, order)
        records = [_picked(row, fields) for row in rows]
        return Page[PickedRecord].of(records, request, behind=behind, cursors=order.places_of(rows))

    async def many(self, record_ids: Collection[UUID]) -> Mapping[UUID, RecordView]:
        present = meant(_columns_of(record_view), EVERYTHING, record_view)
        rows = await read_rows(self.engine, present.where(record_view.c.id.in_(record_ids)))
        return {row.id: _view(row) for row in rows}

    async def collections(self, record_ids: Collection[UUID]) -> Mapping[UUID, str]:
        query = select(record_view.c.id, record_view.c.collection).where(record_view.c.id.in_(record_ids))
        return {row.id: row.collection for row in await read_rows(self.engine, query)}

    async def count(self, question: RecordQuestion) -> int:
        source = record_source(question.as_of)
        search = search_of(question, self.limits)
        rows = await read_rows(self.engine, meant(select(func.count()).select_from(source), question, source, search))
        return rows[0][0]

    async def aggregate(self, question: AggregateQuestion) -> Aggregates:
        source = record_source(question.records.as_of)
        query = aggregate_query(question, source, search_of(question.records, self.limits))
        return aggregates_of(question, await read_rows(self.engine, query))


def _columns_of(source: FromClause, members: frozenset[CostlyMember] = COSTLY_MEMBERS) -> Select[*tuple[Any, ...]]:
    return select(
        source.c.id,
        source.c.collection,
        source.c.version,
        (cast(source.c.payload, Text) if "payload" in members else literal("null", Text)).label("payload"),
        (source.c.tags if "tags" in members else literal([], ARRAY(Text))).label("tags"),
        source.c.created_at,
        source.c.updated_at,
        source.c.deleted_at,
    )


def _texts_of(source: FromClause) -> Select[*tuple[Any, ...]]:
    return select(source.c.id, rendered(source).label("text")).select_from(source)


def _texts_page(rows: Rows, behind: bool | None, request: PageRequest, order: ListOrder) -> Page[JsonText]:
    return Page[JsonText].of([row["text"] for row in rows], request, behind=behind, cursors=order.places_of(rows))


_TEXTS: Final = _texts_of(record_view)
_PLAIN_TEXTS: Final = PlainLists(_TEXTS)
_BY_ID: Final = ListOrder.by_id(record_view.c.id)


def _picked(row: Row, fields: Sequence[Field]) -> PickedRecord:
    values = [(field, row[f"picked_{place}"]) for place, field in enumerate(fields)]
    return PickedRecord({field: json_of(value, field) for field, value in values if value is not None})


def _view(row: Row) -> RecordView:
    # By name, and not as attributes: for a hundred records that is half a millisecond.
    return RecordView(
        id=row["id"],
        collection=row["collection"],
        version=row["version"],
        payload=row["payload"],
        tags=tuple(row["tags"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        deleted_at=row["deleted_at"],
    )
