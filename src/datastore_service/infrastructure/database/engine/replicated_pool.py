"""A pool on a replica that may lag behind; reads that need newer data go to the primary."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Self, override
from weakref import WeakKeyDictionary

from datastore_service.application.freshness import EVERYTHING, NOTHING, needed_position, note_read_until, reads_follow
from datastore_service.infrastructure.database.engine.connections import Connections
from datastore_service.infrastructure.database.engine.pool import DEATHS, Lent, Loan, Pool, Rows
from datastore_service.infrastructure.database.engine.silence import Watch


class ReplicatedPool(Pool):
    """A pool on a replica, with a pool on the primary for reads that the replica cannot answer yet."""

    def __init__(self, connections: Connections, listeners: list[Callable[..., None]], watch: Watch) -> None:
        super().__init__(connections, listeners, watch)
        self._primary: Pool = self
        # A proxy may stand in front of several replicas, so the replayed position is kept for each connection.
        self._seen: WeakKeyDictionary[Lent, int] = WeakKeyDictionary()

    def fall_back_on(self, primary: Pool) -> Self:
        """Sets the pool for reads that the replica cannot answer yet; it is closed together with this one."""
        self._primary = primary
        return self

    @override
    async def close(self) -> None:
        await super().close()
        await self._primary.close()

    @override
    def tell_of_statements(self, listener: Callable[..., None]) -> None:
        super().tell_of_statements(listener)
        self._primary.tell_of_statements(listener)

    @override
    async def fetch(self, text: str, arguments: Sequence[object]) -> Rows:
        if _may_be_read_anywhere():
            return await super().fetch(text, arguments)
        position = needed_position()
        if position < EVERYTHING:
            rows = await self._fetch_on_replica(position, text, arguments)
            if rows is not None:
                return rows
        note_read_until(EVERYTHING)
        return await self._primary.fetch(text, arguments)

    @override
    def connection(self) -> Loan:
        if _may_be_read_anywhere():
            return super().connection()
        note_read_until(EVERYTHING)
        return self._primary.connection()

    async def _fetch_on_replica(self, position: int, text: str, arguments: Sequence[object]) -> Rows | None:
        """Returns the rows, or None if the replica has not replayed enough or its connection breaks."""
        try:
            async with super().connection() as connection:
                with self.in_time(connection):
                    if not await self._has_replayed(connection, position):
                        return None
                    rows = await connection.fetch(text, *arguments)
                    if reads_follow():
                        # Another connection may lead to another replica that has replayed less.
                        seen = await self._replayed(connection)
                        note_read_until(EVERYTHING if seen is None else seen)
                    return rows
        except DEATHS as error:
            # An argument that asyncpg cannot encode is a ValueError as well.
            if isinstance(error, ValueError):
                raise
            return None

    async def _has_replayed(self, connection: Lent, position: int) -> bool:
        if self._seen.get(connection, NOTHING) >= position:
            return True
        seen = await self._replayed(connection)
        return seen is not None and seen >= position

    async def _replayed(self, connection: Lent) -> int | None:
        """Returns the position that a replica has replayed; None if the server is not a replica."""
        seen: Any = await connection.fetchval(_REPLAYED)
        if seen is None:
            return None
        self._seen[connection] = int(seen)
        return int(seen)


def _may_be_read_anywhere() -> bool:
    return needed_position() == NOTHING and not reads_follow()


def may_share_statements(pool: Pool) -> bool:
    """Tells whether a read may share a statement with others: not if it needs newer data than they do."""
    return not isinstance(pool, ReplicatedPool) or _may_be_read_anywhere()


_REPLAYED: Final = "SELECT pg_last_wal_replay_lsn() - '0/0'::pg_lsn WHERE pg_is_in_recovery()"
