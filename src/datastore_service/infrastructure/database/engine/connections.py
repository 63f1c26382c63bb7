"""A pool of asyncpg connections, each lent to one user at a time, and replaced when it has died."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import asyncpg
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_SECONDS_TO_CLOSE: Final = 5.0

_LONGEST_IDLE: Final = 300.0
"""Seconds after which a firewall or proxy may have dropped an idle connection."""

_LONGEST_LIFE: Final = 3600.0
"""Seconds after which a connection is replaced, because the memory of its server process only grows."""

type Connection = asyncpg.Connection[Any]


@dataclass(slots=True, eq=False)
class _Held:
    connection: Connection
    opened: float
    used: float


class Connections:
    """Lends connections, the most recently used one first; each is opened only when it is needed.

    asyncpg's own pool starts a task and a timer for each loan, which costs as much as a statement (adr/0048).
    """

    def __init__(self, connect: Callable[[], Awaitable[Connection]], *, most: int, patience: float) -> None:
        """Makes a pool without connections.

        Args:
            connect: Opens a connection.
            most: The maximum number of connections.
            patience: How many seconds to wait for one while all are lent out.
        """
        self.most = most
        self.waiting = 0
        self._connect = connect
        self.patience = patience
        self._turns = asyncio.Semaphore(most)
        self._free: list[_Held] = []
        self._lent: dict[Connection, _Held] = {}
        self._expired = 0.0
        self._is_closed = False

    @property
    def open(self) -> int:
        """The number of open connections."""
        return len(self._lent) + sum(not held.connection.is_closed() for held in self._free)

    @property
    def in_use(self) -> int:
        """The number of lent connections."""
        return len(self._lent)

    async def lend(self) -> Connection:
        """Returns a connection, which has to be given back.

        Raises:
            sqlalchemy.exc.TimeoutError: No connection became free in time.
            OSError: The database cannot be reached.
            asyncpg.InterfaceError: The pool is closed.
        """
        if self._is_closed:
            raise asyncpg.InterfaceError("The connections have been closed.")
        await self._take_turn()
        try:
            held = self._at_hand() or await self._opened()
        except BaseException:
            self._turns.release()
            raise
        self._lent[held.connection] = held
        return held.connection

    def take_back(self, connection: Connection, *, usable: bool) -> None:
        """Takes back a connection; one that is no longer usable is terminated."""
        held = self._lent.pop(connection)
        held.used = now = monotonic()
        if self._free and self._free[0].used < now - _LONGEST_IDLE:
            self._free.pop(0).connection.terminate()
        if usable and not self._is_closed:
            self._free.append(held)
        else:
            connection.terminate()
        self._turns.release()

    def expire(self) -> None:
        """Marks all open connections for replacement; those that are lent out are replaced when they come back."""
        self._expired = monotonic()

    async def close(self) -> None:
        """Closes the connections; one that does not come back in time is terminated."""
        self._is_closed = True
        try:
            async with asyncio.timeout(_SECONDS_TO_CLOSE):
                for _ in range(self.most):
                    await self._turns.acquire()
                for held in self._free:
                    await held.connection.close()
        except (OSError, asyncpg.InterfaceError):
            for held in (*self._free, *self._lent.values()):
                held.connection.terminate()

    async def _take_turn(self) -> None:
        if not self._turns.locked():
            await self._turns.acquire()
            return
        self.waiting += 1
        try:
            async with asyncio.timeout(self.patience):
                await self._turns.acquire()
        except TimeoutError as error:
            raise PoolTimeoutError("All connections are lent out.") from error
        finally:
            self.waiting -= 1

    def _at_hand(self) -> _Held | None:
        now = monotonic()
        while self._free:
            held = self._free.pop()
            is_young = held.opened > max(self._expired, now - _LONGEST_LIFE) and held.used > now - _LONGEST_IDLE
            if is_young and not held.connection.is_closed():
                return held
            held.connection.terminate()
        return None

    async def _opened(self) -> _Held:
        opened = monotonic()
        return _Held(await self._connect(), opened, opened)
