"""The store in memory, for tests of use cases without a database."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from collections.abc import Collection as AnyCollection
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any, override
from uuid import UUID

from datastore_service.api.http.json_texts import written
from datastore_service.api.routes.bodies.responses import record_members
from datastore_service.application.errors import IdempotencyKeyInFlight, IdempotencyKeyReused
from datastore_service.application.fields import Field
from datastore_service.application.json_codec import encode
from datastore_service.application.ports.documents import Document
from datastore_service.application.ports.identifiers import IdGenerator
from datastore_service.application.read.criteria.aggregates import AggregateCriteria, Aggregates
from datastore_service.application.read.criteria.record_criteria import EVERYTHING, RecordCriteria
from datastore_service.application.read.pagination import Page, PageRequest, TextPage
from datastore_service.application.read.ports.history import KeptPlace
from datastore_service.application.read.ports.typed_collections import TypedEntry, TypedState
from datastore_service.application.request_context import RequestContext, current_context
from datastore_service.application.views import (
    COSTLY_MEMBERS,
    CollectionView,
    CostlyMember,
    JsonText,
    ProjectedRecord,
    RecordView,
)
from datastore_service.application.write.ports.imports import ImportRepository
from datastore_service.application.write.ports.stored_responses import (
    RepeatableRequest,
    StoredResponse,
    StoredResponses,
)
from datastore_service.application.write.ports.type_changes import TypeChanges
from datastore_service.application.write.ports.unit_of_work import Transaction
from datastore_service.domain.collections.collection import NO_RULES, Collection, PayloadRules
from datastore_service.domain.collections.repository import CollectionRepository
from datastore_service.domain.collections.retention import Retention
from datastore_service.domain.errors import (
    CollectionExists,
    CollectionNotEmpty,
    CollectionNotFound,
    RecordDeleted,
    RecordExists,
    RecordNotFound,
)
from datastore_service.domain.links.link import Link
from datastore_service.domain.links.repository import LinkRepository
from datastore_service.domain.records.events import RecordChanged
from datastore_service.domain.records.history import HistoryRepository
from datastore_service.domain.records.record import Record
from datastore_service.domain.records.repository import RecordRepository
from datastore_service.domain.typed.errors import NameTaken
from datastore_service.domain.typed.model import Claim
from datastore_service.domain.typed.names import taken_by_others
from datastore_service.domain.typed.typed_collection import typed_collection
from tests.fakes import extensions
from tests.fakes.aggregates import aggregate, picked
from tests.fakes.history_repository import InMemoryHistoryRepository
from tests.fakes.imports import InMemoryImportRepository, KnownImport
from tests.fakes.link_repository import InMemoryLinkRepository
from tests.fakes.lists import meant, page_of
from tests.fakes.log import LoggedChange


@dataclass(slots=True)
class InMemoryStore:
    """What has been committed."""

    records: dict[UUID, Record] = field(default_factory=dict[UUID, Record])
    collections: dict[str, Collection] = field(default_factory=dict[str, Collection])
    answers: dict[tuple[str, str], tuple[RepeatableRequest, StoredResponse]] = field(
        default_factory=dict[tuple[str, str], tuple[RepeatableRequest, StoredResponse]]
    )
    own: dict[type[Any], Any] = field(default_factory=dict[type[Any], Any])
    imports: dict[str, KnownImport] = field(default_factory=dict[str, KnownImport])
    log: list[LoggedChange] = field(default_factory=list[LoggedChange])
    places: list[Callable[[], Iterable[KeptPlace]]] = field(default_factory=list[Callable[[], Iterable[KeptPlace]]])
    """What tells the places of consumers and webhooks."""
    last_seq: int = 0
    last_xid: int = 0
    horizons: dict[str, datetime] = field(default_factory=dict[str, datetime])
    links: dict[tuple[UUID, str, UUID], Link] = field(default_factory=dict[tuple[UUID, str, UUID], Link])
    schema_number: int = 0
    names: dict[str, Mapping[str, Claim]] = field(default_factory=dict[str, Mapping[str, Claim]])
    """The names of typed collections, by the collections' names."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by a unit of work from its first touch of the records to its end: they run one after the other."""

    def records_at(self, as_of: datetime | None) -> list[Record]:
        """Returns all records and tombstones as they were at a time; None is now."""
        if as_of is None:
            return list(self.records.values())
        last = {logged.change.record_id: logged.change for logged in self.log if logged.change.at <= as_of}
        return [_as_changed(self.records[change.record_id], change) for change in last.values()]


class InMemoryRecordRepository:
    """The records as one unit of work sees them."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store
        self._holds_the_turn = False
        self.changed: dict[UUID, Record] = {}
        self.events: list[RecordChanged] = []
        self.origins: list[RequestContext] = []
        self.collections: CollectionRepository | None = None

    async def get(self, record_id: UUID) -> Record | None:
        await self.take_the_turn()
        return deepcopy(self.changed.get(record_id) or self._store.records.get(record_id))

    async def add(self, record: Record) -> None:
        await self.take_the_turn()
        if record.id in self.changed or record.id in self._store.records:
            raise RecordExists(record.id)
        if self.collections:
            await self.collections.id_of(record.collection, record.created_at)
        await self.save(record)

    async def get_all(self, record_ids: AnyCollection[UUID]) -> Mapping[UUID, Record]:
        found = {record_id: await self.get(record_id) for record_id in record_ids}
        return {record_id: record for record_id, record in found.items() if record}

    async def add_all(self, records: Sequence[Record]) -> AnyCollection[UUID]:
        taken: set[UUID] = set()
        for record in records:
            try:
                await self.add(record)
            except RecordExists:
                taken.add(record.id)
        return taken

    async def save_all(self, records: Sequence[Record]) -> None:
        for record in records:
            await self.save(record)

    async def save(self, record: Record) -> None:
        self.events += record.events
        self.origins += [current_context()] * len(record.events)
        record.events.clear()
        self.changed[record.id] = deepcopy(record)

    def end(self) -> None:
        if self._holds_the_turn:
            self._store.turn.release()

    async def take_the_turn(self) -> None:
        if not self._holds_the_turn:
            await self._store.turn.acquire()
            self._holds_the_turn = True


class InMemoryAnswerRepository:
    """The kept answers; the records' turn is theirs, too."""

    def __init__(self, store: InMemoryStore, records: InMemoryRecordRepository) -> None:
        self._store = store
        self._records = records
        self.kept: dict[tuple[str, str], tuple[RepeatableRequest, StoredResponse]] = {}

    async def find(self, request: RepeatableRequest, result_type: Any, /) -> StoredResponse | None:  # noqa: ANN401, ARG002 - the port's
        await self._records.take_the_turn()
        first, answer = self._store.answers.get((request.actor, request.key), (request, None))
        if first.expires_at <= request.at:
            return None
        if not request.repeats(first.fingerprint):
            raise IdempotencyKeyReused(request.key)
        return answer

    async def keep(self, request: RepeatableRequest, answer: StoredResponse, /) -> None:
        first, _ = self._store.answers.get((request.actor, request.key), (request, None))
        if first is not request and first.expires_at > request.at:
            raise IdempotencyKeyInFlight(request.key)
        self.kept[request.actor, request.key] = (request, answer)


class InMemoryCollectionRepository:
    """The collections; the records' turn is theirs, too."""

    def __init__(self, store: InMemoryStore, records: InMemoryRecordRepository, ids: IdGenerator) -> None:
        self._store = store
        self._records = records
        self._ids = ids
        self.changed: dict[str, Collection | None] = {}

    async def get(self, name: str) -> Collection | None:
        await self._records.take_the_turn()
        return deepcopy(self._present(name))

    async def add(self, collection: Collection) -> None:
        await self._records.take_the_turn()
        if self._present(collection.name):
            raise CollectionExists(collection.name)
        await self.save(collection)

    async def save(self, collection: Collection) -> None:
        self.changed[collection.name] = deepcopy(collection)

    async def remove(self, collection: Collection) -> None:
        records = self._store.records | self._records.changed
        if any(record.collection == collection.name for record in records.values()):
            raise CollectionNotEmpty(collection.name)
        self.changed[collection.name] = None

    async def rules_of(self, name: str) -> PayloadRules:
        collection = self._present(name)
        return collection.rules if collection else NO_RULES

    async def retention_of(self, name: str) -> Retention | None:
        collection = self._present(name)
        if collection is None:
            raise CollectionNotFound(name)
        return collection.retention

    async def id_of(self, name: str, at: datetime) -> UUID:
        collection = self._present(name)
        if collection is None:
            collection = Collection.create(self._ids.new_id(), name=name, schema=None, at=at)
            await self.save(collection)
        return collection.id

    def _present(self, name: str) -> Collection | None:
        return self.changed.get(name) if name in self.changed else self._store.collections.get(name)


def documents_of(store: InMemoryStore, collection: str, since: str | None) -> list[Document]:
    """Returns the documents of the live records, or those that were written after a mark."""
    written = {logged.change.record_id for logged in store.log if since is None or logged.xid > int(since)}
    return [
        Document(record.id, record.version, JsonText(encode(record.payload).decode()))
        for record in sorted(store.records.values(), key=lambda record: record.id)
        if record.deleted_at is None and record.collection == collection and record.id in written
    ]


def claims_of_others(store: InMemoryStore, collection: str, names: AnyCollection[str]) -> Mapping[str, Claim]:
    """Returns those of the names that other collections have."""
    return {
        name: claim
        for other, claims in store.names.items()
        if other != collection
        for name, claim in claims.items()
        if name in names
    }


class InMemoryTypeChanges:
    """The changes of types; the records' turn is theirs, too."""

    def __init__(self, store: InMemoryStore, records: InMemoryRecordRepository) -> None:
        self._store = store
        self._records = records
        self.number: int | None = None
        self.claims: dict[str, Mapping[str, Claim]] = {}

    async def begin(self) -> None:
        await self._records.take_the_turn()

    async def written_since(self, collection: Collection, mark: str, size: int) -> AsyncGenerator[Sequence[Document]]:
        for part in batched(documents_of(self._store, collection.name, mark), size):
            yield part

    async def since(self, collection: Collection) -> datetime:
        last = [record.updated_at for record in self._store.records.values() if record.collection == collection.name]
        return max([datetime.now(UTC), *(each + timedelta(microseconds=1) for each in last)])

    async def others(self, name: str) -> int:
        return sum(each.types is not None for each in self._store.collections.values() if each.name != name)

    async def next_number(self) -> int:
        self.number = self._store.schema_number + 1
        return self.number

    async def claim(self, collection: Collection, names: Mapping[str, Claim]) -> None:
        if taken := taken_by_others(names, claims_of_others(self._store, collection.name, names)):
            raise NameTaken(taken)
        self.claims[collection.name] = names


class InMemoryTransaction(Transaction):
    """Changes that reach the store at the commit, all together."""

    def __init__(self, store: InMemoryStore, ids: IdGenerator) -> None:
        self._store = store
        self._records = InMemoryRecordRepository(store)
        self._collections = InMemoryCollectionRepository(store, self._records, ids)
        self._records.collections = self._collections
        self._history = InMemoryHistoryRepository(store, self._records)
        self._links = InMemoryLinkRepository(store, self._records)
        self._answers = InMemoryAnswerRepository(store, self._records)
        self._imports = InMemoryImportRepository(store.imports)
        self._types = InMemoryTypeChanges(store, self._records)
        self._repositories: dict[type[Any], Any] = {
            CollectionRepository: self._collections,
            HistoryRepository: self._history,
            ImportRepository: self._imports,
            LinkRepository: self._links,
            RecordRepository: self._records,
            StoredResponses: self._answers,
            TypeChanges: self._types,
        }
        self._own: dict[type[Any], Any] = {}

    @override
    def repository[R](self, port: type[R], /) -> R:
        if port not in self._repositories:
            self._repositories[port] = self._own[port] = extensions.repository(port, self._store.own)
        return self._repositories[port]

    @property
    @override
    def began_at(self) -> None:
        pass

    @property
    @override
    def events(self) -> Sequence[RecordChanged]:
        return self._records.events

    def end(self) -> None:
        self._records.end()

    @override
    async def commit(self) -> None:
        self._store.records |= self._records.changed
        # Neither is given out again, also if what had it was purged.
        self._store.last_xid += bool(self._records.events)
        for change, context in zip(self._records.events, self._records.origins, strict=True):
            self._store.last_seq += 1
            self._store.log.append(
                LoggedChange(
                    seq=self._store.last_seq,
                    xid=self._store.last_xid,
                    change=change,
                    actor=context.actor.id,
                    correlation_id=context.correlation_id,
                )
            )
        self._history.commit()
        self._store.answers |= self._answers.kept
        links = {**self._store.links, **self._links.changed}
        self._store.links = {key: link for key, link in links.items() if link}
        changed = self._store.imports | self._imports.changed
        self._store.imports = {name: known for name, known in changed.items() if known}
        for repository in self._own.values():
            repository.commit()
        collections = {**self._store.collections, **self._collections.changed}
        self._store.collections = {name: found for name, found in collections.items() if found}
        self._store.schema_number = self._types.number or self._store.schema_number
        claims = self._store.names | self._types.claims
        self._store.names = {name: found for name, found in claims.items() if name in self._store.collections}


def _as_changed(record: Record, change: RecordChanged) -> Record:
    return replace(
        record,
        version=change.version,
        content=change.content,
        updated_at=change.at,
        deleted_at=change.at if change.operation == "delete" else None,
    )


@dataclass(frozen=True, slots=True)
class InMemoryTransactionFactory:
    """Begins transactions of the store."""

    store: InMemoryStore
    ids: IdGenerator

    @asynccontextmanager
    async def __call__(self) -> AsyncGenerator[InMemoryTransaction]:
        work = InMemoryTransaction(self.store, self.ids)
        try:
            yield work
        finally:
            work.end()


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

    async def page(
        self, criteria: RecordCriteria, request: PageRequest, members: frozenset[CostlyMember] = COSTLY_MEMBERS
    ) -> Page[RecordView]:
        page = page_of(self.store.records_at(criteria.as_of), criteria, request)
        left_out: dict[CostlyMember, Any] = {"payload": JsonText("null"), "tags": ()}
        others: dict[str, Any] = {name: value for name, value in left_out.items() if name not in members}
        return replace(page, items=[replace(item, **others) for item in page.items])

    async def text(self, criteria: RecordCriteria, request: PageRequest) -> TextPage:
        page = await self.page(criteria, request)
        texts = [JsonText(written(record_members(item)).decode()) for item in page.items]
        return TextPage.of(
            Page(items=texts, has_next=page.has_next, has_previous=page.has_previous, cursors=page.cursors)
        )

    async def many(self, record_ids: AnyCollection[UUID]) -> Mapping[UUID, RecordView]:
        return {
            record.id: RecordView.of(record)
            for record in meant(self.store.records.values(), EVERYTHING)
            if record.id in record_ids
        }

    async def collections(self, record_ids: AnyCollection[UUID]) -> Mapping[UUID, str]:
        return {record.id: record.collection for record in self.store.records.values() if record.id in record_ids}

    async def count(self, criteria: RecordCriteria) -> int:
        return len(meant(self.store.records_at(criteria.as_of), criteria))

    async def pick(
        self, criteria: RecordCriteria, request: PageRequest, fields: Sequence[Field]
    ) -> Page[ProjectedRecord]:
        records = {record.id: record for record in self.store.records_at(criteria.as_of)}
        page = await self.page(criteria, request)
        return Page(
            items=[picked(records[view.id], fields) for view in page.items],
            has_next=page.has_next,
            has_previous=page.has_previous,
            cursors=page.cursors,
        )

    async def aggregate(self, criteria: AggregateCriteria) -> Aggregates:
        return aggregate(meant(self.store.records_at(criteria.records.as_of), criteria.records), criteria)


@dataclass(frozen=True, slots=True)
class InMemoryCollectionReader:
    """Reads what has been committed."""

    store: InMemoryStore

    async def get(self, name: str) -> CollectionView:
        if name not in self.store.collections:
            raise CollectionNotFound(name)
        return CollectionView.of(self.store.collections[name])

    async def page(self, request: PageRequest) -> Page[CollectionView]:
        found = [
            CollectionView.of(collection)
            for collection in sorted(
                self.store.collections.values(), key=lambda collection: collection.id, reverse=request.backwards
            )
            if (request.after is None or collection.id > request.after.record_id)
            and (request.before is None or collection.id < request.before.record_id)
        ]
        return Page[CollectionView].of(found[: request.limit + 1], request)


@dataclass(frozen=True, slots=True)
class InMemoryTypedCollections:
    """Reads what has been committed."""

    store: InMemoryStore

    async def current(self) -> TypedState:
        entries = [
            TypedEntry(
                id=found.id,
                collection=typed_collection(found.name, found.schema, found.types.api).collection,
                schema=found.schema,
                schema_number=found.types.number,
                version=found.version,
                typed_since=found.types.since,
            )
            for _, found in sorted(self.store.collections.items())
            if found.types is not None
        ]
        return TypedState(self.store.schema_number, entries)

    async def number(self) -> int:
        return self.store.schema_number


class AlwaysReady:
    """A store that always answers."""

    async def checks(self) -> dict[str, str | None]:
        return {"store": None}
