"""Transactions of PostgreSQL."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, override

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.commits import note_commit
from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.identifiers import IdGenerator
from datastore_service.application.ports.observation import WriteMeter
from datastore_service.application.write.attempts import may_do_without_locks
from datastore_service.application.write.ports.imports import ImportRepository
from datastore_service.application.write.ports.stored_responses import StoredResponses
from datastore_service.application.write.ports.type_changes import TypeChanges
from datastore_service.application.write.ports.unit_of_work import Transaction
from datastore_service.domain.collections.repository import CollectionRepository
from datastore_service.domain.links.repository import LinkRepository
from datastore_service.domain.records.events import RecordChanged
from datastore_service.domain.records.history import HistoryRepository
from datastore_service.domain.records.repository import RecordRepository
from datastore_service.infrastructure.database.engine.clock import DatabaseClock, steady_seconds
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.joining import joinable
from datastore_service.infrastructure.database.engine.pools import WriteEngine, WritePool
from datastore_service.infrastructure.database.write.optimistic.committer import GroupCommitter
from datastore_service.infrastructure.database.write.optimistic.metadata_cache import MetadataCache
from datastore_service.infrastructure.database.write.optimistic.transaction import OptimisticTransaction
from datastore_service.infrastructure.database.write.repositories import extensions
from datastore_service.infrastructure.database.write.repositories.collections import SqlCollectionRepository
from datastore_service.infrastructure.database.write.repositories.history import SqlHistoryRepository
from datastore_service.infrastructure.database.write.repositories.imports import SqlImportRepository
from datastore_service.infrastructure.database.write.repositories.links import SqlLinkRepository
from datastore_service.infrastructure.database.write.repositories.records import SqlRecordRepository
from datastore_service.infrastructure.database.write.repositories.stored_responses import SqlStoredResponses
from datastore_service.infrastructure.database.write.repositories.type_changes import SqlTypeChanges


class SqlTransaction(Transaction):
    """A transaction, and the time of all its changes, which no reader closes before its end (adr/0067)."""

    def __init__(self, connection: AsyncConnection, ids: IdGenerator, began_at: datetime) -> None:
        self._connection = connection
        self._began_at = began_at
        collections = SqlCollectionRepository(connection, ids)
        self._records = SqlRecordRepository(connection, collections, began_at)
        self._links = SqlLinkRepository(connection)
        self._repositories: dict[type[Any], Any] = {
            CollectionRepository: collections,
            HistoryRepository: SqlHistoryRepository(connection),
            ImportRepository: SqlImportRepository(connection),
            LinkRepository: self._links,
            RecordRepository: self._records,
            StoredResponses: SqlStoredResponses(connection),
            TypeChanges: SqlTypeChanges(connection),
        }

    @override
    def repository[R](self, port: type[R], /) -> R:
        if port not in self._repositories:
            self._repositories[port] = extensions.repository(port, self._connection)
        return self._repositories[port]

    @property
    @override
    def began_at(self) -> datetime:
        return self._began_at

    @property
    @override
    def events(self) -> Sequence[RecordChanged]:
        return self._records.events

    @override
    async def commit(self) -> None:
        """Commits; a caller that is cancelled meanwhile waits for the outcome, which is then known (adr/0022).

        Raises:
            StoreUnavailable: The database failed, and the outcome is unknown.
        """
        await self._records.flush()
        await self._links.flush()
        committing = asyncio.ensure_future(self._connection.commit())
        try:
            with translate_database_errors():
                try:
                    await asyncio.shield(committing)
                except asyncio.CancelledError:
                    await committing
        except StoreUnavailable as error:
            raise StoreUnavailable(f"{error.detail} Whether the change was made is not known.") from error
        note_commit()


@dataclass(frozen=True, slots=True)
class SqlTransactionFactory:
    """Opens a transaction on a connection of the write pool; uncommitted changes are rolled back at its end."""

    engine: WriteEngine
    ids: IdGenerator
    clock: Clock
    database_clock: DatabaseClock

    @asynccontextmanager
    async def __call__(self) -> AsyncGenerator[Transaction]:
        with translate_database_errors():
            async with self.engine.connect() as connection:
                began_at = await self._register(connection)
                with joinable(connection):
                    yield SqlTransaction(connection, self.ids, began_at)

    async def _register(self, connection: AsyncConnection) -> datetime:
        asked_at = steady_seconds()
        found = await connection.execute(_REGISTER, {"at": self.clock.now()})
        began_at, now = found.one()
        self.database_clock.observe(now, asked_at)
        return began_at


class SqlTransactions:
    """Begins transactions without locks if the command can be repeated, and with locks otherwise."""

    def __init__(
        self,
        engine: WriteEngine,
        pool: WritePool,
        ids: IdGenerator,
        clock: Clock,
        database_clock: DatabaseClock,
        meter: WriteMeter,
    ) -> None:
        self._locking = SqlTransactionFactory(engine, ids, clock, database_clock)
        self._metadata = MetadataCache(pool)
        self._committer = GroupCommitter(pool, database_clock, meter)

    def __call__(self) -> AbstractAsyncContextManager[Transaction]:
        return OptimisticTransaction(self._metadata, self._committer) if may_do_without_locks() else self._locking()


# If the time is closed already, the transaction gets the next one.
_REGISTER: Final = text("SELECT datastore_begin_changes(:at), clock_timestamp()").bindparams(
    bindparam("at", type_=DateTime(timezone=True))
)
