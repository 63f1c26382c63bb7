"""PostgreSQL answers as the program does that says what questions mean, whatever the records and the question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cmp_to_key
from itertools import count
from typing import Self
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datastore_service.application.json_codec import decode
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.conditions import Condition
from datastore_service.application.read.criteria.evaluation import holds
from datastore_service.application.read.criteria.orders import Order, precedes, sort_keys
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import Cursor, Page, PageRequest
from datastore_service.application.read.queries.count_records import CountRecords
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.views import RecordView
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.domain.json_value import Json
from tests.question_strategies import conditions, orders, payloads

COLLECTIONS = count()
EACH_EXAMPLE_HAS_A_COLLECTION = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Seen:
    """A record as it was read."""

    id: UUID
    collection: str
    version: int
    payload: Json
    tags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None

    @classmethod
    def of(cls, view: RecordView) -> Self:
        return cls(
            view.id,
            view.collection,
            view.version,
            decode(view.payload.encode()),
            view.tags,
            view.created_at,
            view.updated_at,
            view.deleted_at,
        )


async def stored(mediator: Mediator, values: Sequence[Json]) -> RecordCriteria:
    """Creates records with these payloads, of which every fourth is deleted, in a collection of their own."""
    collection = f"c{next(COLLECTIONS)}"
    for index, payload in enumerate(values):
        tags = [tag for bit, tag in enumerate("ab") if index & 1 << bit]
        record = await mediator.send(CreateRecord(collection=collection, payload=payload, tags=tags))
        if index % 4 == 3:
            await mediator.send(DeleteRecord(id=record.id))
    return RecordCriteria(collection=collection, include_deleted=True)


async def ask(mediator: Mediator, criteria: RecordCriteria, page: PageRequest | None = None) -> Page[RecordView]:
    return await mediator.send(ListRecords(criteria=criteria, page=page or PageRequest(limit=1000)))


async def walk(mediator: Mediator, criteria: RecordCriteria, *, backwards: bool, size: int = 2) -> list[UUID]:
    """Reads all pages, and adds a record between any two."""
    found: list[UUID] = []
    place: Cursor | None = None
    while True:
        request = (
            PageRequest(limit=size, before=place, backwards=True) if backwards else PageRequest(limit=size, after=place)
        )
        page = await ask(mediator, criteria, request)
        ids = [record.id for record in page.items]
        found = ids + found if backwards else found + ids
        if not (page.has_previous if backwards else page.has_next):
            return found
        place = page.cursors[0] if backwards else page.cursors[-1]
        await mediator.send(CreateRecord(collection=criteria.collection or "", payload={"a": len(found)}, tags=["new"]))


@EACH_EXAMPLE_HAS_A_COLLECTION
@given(values=st.lists(payloads(), max_size=8), wanted=st.lists(conditions(), min_size=1, max_size=6))
async def test_finds_what_the_filter_means(sql_mediator: Mediator, values: list[Json], wanted: list[Condition]) -> None:
    everything = await stored(sql_mediator, values)
    records = [Seen.of(view) for view in (await ask(sql_mediator, everything)).items]

    for condition in wanted:
        criteria = RecordCriteria(collection=everything.collection, include_deleted=True, where=condition)
        found = [record.id for record in (await ask(sql_mediator, criteria)).items]

        assert found == [record.id for record in records if holds(condition, record)]
        assert await sql_mediator.send(CountRecords(criteria=criteria)) == len(found)


@EACH_EXAMPLE_HAS_A_COLLECTION
@given(values=st.lists(payloads(), max_size=8), wanted=st.lists(orders(), min_size=1, max_size=3))
async def test_walks_through_every_order_once_while_others_write(
    sql_mediator: Mediator, values: list[Json], wanted: list[Order]
) -> None:
    everything = await stored(sql_mediator, values)
    records = [Seen.of(view) for view in (await ask(sql_mediator, everything)).items]
    known = {record.id for record in records}

    for order in wanted:
        criteria = RecordCriteria(collection=everything.collection, include_deleted=True, order=order)
        expected = [record.id for record in in_order(records, order)]
        forwards = await walk(sql_mediator, criteria, backwards=False)
        backwards = await walk(sql_mediator, criteria, backwards=True)

        assert [record_id for record_id in forwards if record_id in known] == expected
        assert [record_id for record_id in backwards if record_id in known] == expected


def in_order(records: Sequence[Seen], order: Order) -> list[Seen]:
    def compare(one: Seen, other: Seen) -> int:
        return -1 if precedes(order, (sort_keys(order, one), one.id), (sort_keys(order, other), other.id)) else 1

    return sorted(records, key=cmp_to_key(compare))
