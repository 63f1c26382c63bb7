"""A unit of work without locks: it reads the committed state, and writes its changes at its commit."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NoReturn, Self, override
from uuid import UUID

from datastore_service.application.commits import note_commit
from datastore_service.application.errors import OperationRefused
from datastore_service.application.request_context import current_context
from datastore_service.application.write.attempts import NeedsLocks, WriteConflict
from datastore_service.application.write.ports.unit_of_work import Transaction
from datastore_service.domain.collections.collection import NO_RULES, PayloadRules
from datastore_service.domain.collections.repository import CollectionRepository
from datastore_service.domain.errors import RecordExists, SchemaViolated
from datastore_service.domain.records.events import RecordChanged
from datastore_service.domain.records.record import Record
from datastore_service.domain.records.repository import RecordRepository
from datastore_service.infrastructure.database.write.changes import ChangeSet, KnownCollection
from datastore_service.infrastructure.database.write.optimistic.committer import GroupCommitter
from datastore_service.infrastructure.database.write.optimistic.metadata_cache import MetadataCache


class OptimisticCollections:
    """The collections, from the process's cache."""

    def __init__(self, metadata: MetadataCache) -> None:
        self._metadata = metadata
        self._seen: dict[str, KnownCollection | None] = {}
        self.held_against: set[str] = set()
        """The collections whose schemas came from the cache: a refusal by one of them may be outdated."""

    async def known(self, name: str) -> KnownCollection | None:
        if name not in self._seen:
            known = self._metadata.get_cached(name)
            if known is not None and known.rules.schema is not None:
                self.held_against.add(name)
            self._seen[name] = known or await self._metadata.collection(name)
        return self._seen[name]

    async def rules_of(self, name: str) -> PayloadRules:
        known = await self.known(name)
        return NO_RULES if known is None else known.rules

    async def _only_with_locks(self, *_: object, **__: object) -> NoReturn:
        raise NeedsLocks

    get = add = save = remove = retention_of = id_of = _only_with_locks


class OptimisticRecords:
    """The committed records, with the changes of this unit of work."""

    def __init__(self, metadata: MetadataCache, collections: OptimisticCollections) -> None:
        self._metadata = metadata
        self._collections = collections
        self._held: dict[UUID, Record | None] = {}
        self._versions: dict[UUID, int] = {}
        self.changes = ChangeSet(current_context())
        self.events: list[RecordChanged] = []

    async def get(self, record_id: UUID) -> Record | None:
        if record_id not in self._held:
            self._hold(record_id, await self._metadata.record(record_id))
        return self._held[record_id]

    async def get_all(self, record_ids: Collection[UUID]) -> Mapping[UUID, Record]:
        unread = [record_id for record_id in record_ids if record_id not in self._held]
        if unread:
            found = await self._metadata.records(unread)
            for record_id in unread:
                self._hold(record_id, found.get(record_id))
        return {record_id: record for record_id in record_ids if (record := self._held[record_id])}

    async def add(self, record: Record) -> None:
        if self._held.get(record.id) is not None:
            raise RecordExists(record.id)
        await self.save(record)

    async def add_all(self, records: Sequence[Record]) -> Collection[UUID]:
        taken = {record.id for record in records if self._held.get(record.id) is not None}
        new = [record for record in records if record.id not in taken] if taken else records
        collections = {name: await self._collections.known(name) for name in {record.collection for record in new}}
        names = list({tag for record in new for tag in record.tags})
        known = await self._metadata.tag_ids(names)
        if known is None:
            raise NeedsLocks
        tags = dict(zip(names, known, strict=True))
        for record in new:
            self._note(record, collections[record.collection], [tags[name] for name in record.tags])
        return taken

    async def save(self, record: Record) -> None:
        self._note(record, await self._collections.known(record.collection), await self._metadata.tag_ids(record.tags))

    def _note(self, record: Record, collection: KnownCollection | None, tags: Sequence[int] | None) -> None:
        if collection is None or tags is None:
            raise NeedsLocks
        self.changes.note(record, self._versions.get(record.id, 0), collection, tags)
        self._held[record.id] = record
        self.events += record.events
        record.events.clear()

    async def _only_with_locks(self, *_: object, **__: object) -> NoReturn:
        raise NeedsLocks

    save_all = _only_with_locks

    def _hold(self, record_id: UUID, record: Record | None) -> None:
        self._held[record_id] = record
        self._versions[record_id] = record.version if record else 0


class OptimisticTransaction(Transaction):
    """Keeps its changes until they are committed together with those of others."""

    def __init__(self, metadata: MetadataCache, committer: GroupCommitter) -> None:
        self._metadata = metadata
        self._committer = committer
        self._collections = OptimisticCollections(metadata)
        self._records = OptimisticRecords(metadata, self._collections)
        self._repositories: dict[type[Any], Any] = {
            CollectionRepository: self._collections,
            RecordRepository: self._records,
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, SchemaViolated | OperationRefused) and self._collections.held_against:
            # The schema may have changed since it was read, and without a commit nothing has checked that.
            self.forget()
            raise WriteConflict from error

    @property
    @override
    def began_at(self) -> None:
        """Leaves the time to the clock; the commit finds out if it is closed already."""

    @property
    @override
    def events(self) -> Sequence[RecordChanged]:
        return self._records.events

    @override
    def repository[R](self, port: type[R], /) -> R:
        if port not in self._repositories:
            raise NeedsLocks
        return self._repositories[port]

    @override
    async def commit(self) -> None:
        """Writes the changes; see `GroupCommitter.commit`."""
        if self._records.changes.records:
            try:
                await self._committer.commit(self._records.changes)
            except WriteConflict:
                self.forget()
                raise
        note_commit()

    def forget(self) -> None:
        """Makes the next attempt read anew what this one relied on."""
        collections = {event.collection for event in self.events} | self._collections.held_against
        self._metadata.forget(collections, {tag for event in self.events for tag in event.tags})
