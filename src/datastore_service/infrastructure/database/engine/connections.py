"""Connections of asyncpg that are held open, lent out to one user at a time, and replaced where they died."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import asyncpg
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_SECONDS_TO_CLOSE: Final = 5.0

_LONGEST_IDLE: Final = 300.0
"""Seconds after which something on the way to the server may have forgotten a connection."""

_LONGEST_LIFE: Final = 3600.0
"""Seconds after which a connection is replaced, for what PostgreSQL remembers for it only grows."""

type Connection = asyncpg.Connection[Any]


@dataclass(slots=True, eq=False)
class _Held:
    connection: Connection
    opened: float
    used: float


class Connections:
    """Lends out connections, first the one that came back last; none is opened before it is needed.

    asyncpg's own pool takes a task and a timer for each loan, which is as much as a statement costs (adr/0048).
    """

    def __init__(self, connect: Callable[[], Awaitable[Connection]], *, most: int, patience: float) -> None:
        """Makes an empty one.

        Args:
            connect: Opens a connection.
            most: How many there may be.
            patience: For how many seconds one is waited for while all of them are lent out.
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
        """How many there are."""
        return len(self._lent) + sum(not held.connection.is_closed() for held in self._free)

    @property
    def in_use(self) -> int:
        """How many of them are lent out."""
        return len(self._lent)

    async def lend(self) -> Connection:
        """Returns a connection, which has to be given back.

        Raises:
            sqlalchemy.exc.TimeoutError: None came free in time.
            OSError: The database cannot be reached.
            asyncpg.InterfaceError: They have been closed.
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
        """Takes back what was lent; what is not usable any more is cut off."""
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
        """Has all that are open now replaced, those that are lent out once they come back."""
        self._expired = monotonic()

    async def close(self) -> None:
        """Closes them; one that does not come back in time is cut off."""
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
