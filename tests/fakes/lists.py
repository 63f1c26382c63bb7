"""Lists of records in memory: what is meant, in the order that is asked for, page by page."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cmp_to_key
from uuid import UUID

from datastore_service.application.json_codec import decode, encode
from datastore_service.application.read.criteria.evaluation import MISSING, Missing, Value, holds
from datastore_service.application.read.criteria.orders import Order, precedes, sort_keys
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import Cursor, Page, PageRequest
from datastore_service.application.views import RecordView
from datastore_service.domain.records.record import Record
from tests.fakes.words import relevance

type Place = tuple[Sequence[Value], UUID]


def meant(records: Iterable[Record], criteria: RecordCriteria) -> list[Record]:
    return [
        record
        for record in records
        if (criteria.include_deleted or record.deleted_at is None)
        and criteria.collection in {None, record.collection}
        and (criteria.within is None or record.collection in criteria.within)
        and set(criteria.tags) <= set(record.tags)
        and (criteria.where is None or holds(criteria.where, record))
        and (criteria.search is None or relevance(criteria.search, record.payload) > 0)
    ]


def page_of(records: Iterable[Record], criteria: RecordCriteria, request: PageRequest) -> Page[RecordView]:
    order = criteria.arranged
    placed = [
        ((sort_keys(order, record, relevance(criteria.search or "", record.payload)), record.id), record)
        for record in meant(records, criteria)
    ]
    placed.sort(key=cmp_to_key(lambda one, other: -1 if precedes(order, one[0], other[0]) else 1))
    places = [place for place, _ in placed]
    after, before = _place(request.after), _place(request.before)
    found = [
        (place, record)
        for place, record in placed
        if (after is None or precedes(order, after, place)) and (before is None or precedes(order, place, before))
    ]
    if request.backwards:
        found.reverse()
    behind = None
    start = _place(request.start)
    if request.look_behind and start is not None:
        behind = any(_is_behind(order, place, start, backwards=request.backwards) for place in places)
    found = found[: request.limit + 1]
    return Page[RecordView].of(
        [RecordView.of(record) for _, record in found],
        request,
        behind=behind,
        cursors=[Cursor(record_id, tuple(map(_written, keys))) for (keys, record_id), _ in found],
    )


def _is_behind(order: Order, place: Place, start: Place, *, backwards: bool) -> bool:
    return place[1] == start[1] or (precedes(order, start, place) if backwards else precedes(order, place, start))


def _place(cursor: Cursor | None) -> Place | None:
    return None if cursor is None else ([_read(text) for text in cursor.keys], cursor.record_id)


def _written(key: Value) -> str:
    match key:
        case Missing():
            return "missing"
        case datetime():
            return f"time {key.astimezone(UTC).isoformat()}"
        case UUID():
            return f"uuid {key}"
        case tuple():
            raise TypeError("There is no order by tags.")
        case _:
            return f"json {encode(key).decode()}"


def _read(text: str) -> Value:
    kind, _, value = text.partition(" ")
    match kind:
        case "missing":
            return MISSING
        case "time":
            return datetime.fromisoformat(value)
        case "uuid":
            return UUID(value)
        case _:
            return decode(value.encode())
