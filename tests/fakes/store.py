"""The store in memory, for tests of use cases without a database."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from uuid import UUID

from datastore_service.application.pagination import Page, PageRequest
from datastore_service.application.views import RecordView
from datastore_service.domain.errors import RecordDeleted, RecordExists, RecordNotFound
from datastore_service.domain.records.record import Record


@dataclass(slots=True)
class InMemoryStore:
    """What has been committed."""

    records: dict[UUID, Record] = field(default_factory=dict[UUID, Record])
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by a unit of work from its first touch of the records to its end: they run one after the other."""


class InMemoryRecordRepository:
    """The records as one unit of work sees them."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store
        self._holds_the_turn = False
        self.changed: dict[UUID, Record] = {}

    async def get(self, record_id: UUID) -> Record | None:
        await self._take_the_turn()
        return deepcopy(self.changed.get(record_id) or self._store.records.get(record_id))

    async def add(self, record: Record) -> None:
        await self._take_the_turn()
        if record.id in self.changed or record.id in self._store.records:
            raise RecordExists(record.id)
        self.changed[record.id] = deepcopy(record)

    async def save(self, record: Record) -> None:
        self.changed[record.id] = deepcopy(record)

    def end(self) -> None:
        if self._holds_the_turn:
            self._store.turn.release()

    async def _take_the_turn(self) -> None:
        if not self._holds_the_turn:
            await self._store.turn.acquire()
            self._holds_the_turn = True


class InMemoryUnitOfWork:
    """Changes that reach the store at the commit, all together."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store
        self.records = InMemoryRecordRepository(store)

    async def commit(self) -> None:
        self._store.records |= self.records.changed


@dataclass(frozen=True, slots=True)
class InMemoryUnitOfWorkFactory:
    """Opens units of work on the store."""

    store: InMemoryStore

    @asynccontextmanager
    async def __call__(self) -> AsyncGenerator[InMemoryUnitOfWork]:
        work = InMemoryUnitOfWork(self.store)
        try:
            yield work
        finally:
            work.records.end()


@dataclass(frozen=True, slots=True)
class InMemoryRecordReader:
    """Reads what has been committed."""

    store: InMemoryStore

    async def get(self, record_id: UUID) -> RecordView:
        record = self.store.records.get(record_id)
        if record is None:
            raise RecordNotFound(record_id)
        if record.deleted_at is not None:
            raise RecordDeleted(record_id)
        return RecordView.of(record)

    async def page(self, collection: str | None, request: PageRequest) -> Page[RecordView]:
        present = sorted(self._present(collection), key=lambda record: record.id, reverse=request.backwards)
        found = [
            RecordView.of(record)
            for record in present
            if (request.after is None or record.id > request.after.record_id)
            and (request.before is None or record.id < request.before.record_id)
        ]
        behind = None
        if request.look_behind and request.start is not None:
            start = request.start.record_id
            behind = any(record.id >= start if request.backwards else record.id <= start for record in present)
        return Page[RecordView].of(found[: request.limit + 1], request, behind=behind)

    async def many(self, record_ids: Collection[UUID]) -> Mapping[UUID, RecordView]:
        return {record.id: RecordView.of(record) for record in self._present(None) if record.id in record_ids}

    async def count(self, collection: str | None) -> int:
        return len(self._present(collection))

    def _present(self, collection: str | None) -> list[Record]:
        return [
            record
            for record in self.store.records.values()
            if record.deleted_at is None and collection in {None, record.collection}
        ]


class AlwaysReady:
    """A store that always answers."""

    async def check(self) -> None:
        pass
