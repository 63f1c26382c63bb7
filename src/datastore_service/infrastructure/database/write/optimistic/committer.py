"""Group commit: concurrent changes are written by one statement, and become durable with one commit."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import asyncpg
import orjson

from datastore_service.application.errors import QueryTimeout, StoreUnavailable
from datastore_service.application.ports.observation import WriteMeter
from datastore_service.application.write.attempts import WriteConflict
from datastore_service.infrastructure.database.engine.batching import Batcher
from datastore_service.infrastructure.database.engine.clock import DatabaseClock
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pool import DEATHS, Lent
from datastore_service.infrastructure.database.engine.pools import WritePool
from datastore_service.infrastructure.database.write.changes import ADD, WRITE, ChangeSet, written_out

_MOST: Final = 200
_WHOLES_UNDER_WAY: Final = 2
"""While one waits for the disk, another one can be executed."""

_DEATHS: Final = (OSError, *DEATHS)


class _Refused(Exception):
    """A statement was not sent or was refused, perhaps because of one change; the others may succeed separately."""


class GroupCommitter:
    """Commits sets of changes independently: one that fails or is stale does not affect the others."""

    def __init__(self, pool: WritePool, clock: DatabaseClock, meter: WriteMeter) -> None:
        self._pool = pool
        self._clock = clock
        self._meter = meter
        # More groups at a time would only be smaller.
        self._groups = Batcher(self._write, most=_MOST, under_way=1)
        self._wholes = Batcher(self._write_whole, most=1, under_way=_WHOLES_UNDER_WAY)

    async def commit(self, changes: ChangeSet) -> None:
        """Returns when the changes are durable; a caller that is cancelled during the write waits for the outcome.

        Raises:
            WriteConflict: Another client has changed a record; nothing was changed.
            StoreUnavailable: The database failed; the message says if the outcome is unknown.
        """
        # Several records are written only if all of them are as expected, which takes a statement of its own.
        gathering = self._groups if len(changes.records) == 1 else self._wholes
        if not await gathering.submit_uncancellable(changes):
            raise WriteConflict

    async def _write(self, group: Sequence[ChangeSet]) -> Sequence[bool | Exception]:
        # If two sets change one record, the second relies on the state before the first.
        first = {record_id: changes for changes in reversed(group) for record_id in changes.records}
        try:
            with translate_database_errors():
                async with self._pool.connection() as connection:
                    done = await _written(connection, list(first.values()))
                    await self._look_at_clock(connection)
            self._meter.group_written(len(done))
        except QueryTimeout:
            # It waits for a lock, as each set would separately: they run with locks.
            return [False] * len(group)
        except (_Refused, asyncpg.PostgresError):
            if len(first) == 1:
                # With locks, the error will be specific.
                return [False] * len(group)
            return [(await self._write([changes]))[0] for changes in group]
        return [first[record_id] is changes and record_id in done for changes in group for record_id in changes.records]

    async def _write_whole(self, group: Sequence[ChangeSet]) -> Sequence[bool | Exception]:
        (changes,) = group
        write = _added if changes.only_adds else _written_in_transaction
        with translate_database_errors():
            async with self._pool.connection() as connection:
                is_written = await write(connection, changes)
                await self._look_at_clock(connection)
        if is_written:
            self._meter.group_written(len(changes.records))
        return [is_written]

    async def _look_at_clock(self, connection: Lent) -> None:
        if self._clock.is_due:
            with suppress(*_DEATHS, asyncpg.PostgresError):
                # The changes are durable even if this fails.
                await self._clock.look(connection)


async def _added(connection: Lent, changes: ChangeSet) -> bool:
    try:
        return bool(await _written(connection, [changes], ADD))
    except (_Refused, asyncpg.PostgresError):
        return False


async def _written_in_transaction(connection: Lent, changes: ChangeSet) -> bool:
    transaction = connection.transaction()
    await transaction.start()
    try:
        done = await _written(connection, [changes])
    except (_Refused, asyncpg.PostgresError):
        done = set[object]()
    if len(done) < len(changes.records):
        await transaction.rollback()
        return False
    try:
        await transaction.commit()
    except _DEATHS as error:
        raise _unknown() from error
    return True


async def _written(connection: Lent, sets: Sequence[ChangeSet], statement: str = WRITE) -> set[object]:
    try:
        return {row[0] for row in await connection.fetch(statement, written_out(sets))}
    except (orjson.JSONEncodeError, asyncpg.TransactionRollbackError) as error:
        raise _Refused from error
    except _DEATHS as error:
        # A value that asyncpg cannot encode is a ValueError as well, and was never sent.
        raise _Refused if isinstance(error, ValueError) else _unknown() from error


def _unknown() -> StoreUnavailable:
    return StoreUnavailable("The database cannot be reached. Whether the change was made is not known.")
