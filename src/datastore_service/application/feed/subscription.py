"""One follower of the log."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager
from math import inf
from types import TracebackType
from typing import Final, Protocol, Self, override

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.feed.batch_sizer import BatchSizer
from datastore_service.application.feed.change import LogEntry
from datastore_service.application.feed.ports.changes import ChangeLog
from datastore_service.application.feed.recent_changes import Place, RecentChanges
from datastore_service.application.position import Position, Snapshot

_BETWEEN_ATTEMPTS: Final = 1.0
"""Seconds between attempts while the store is away."""
_CHARACTERS: Final = 64 * 1024
"""How many characters one read takes: a slow reader holds them meanwhile."""


class SharedLog(Protocol):
    """What all followers in a process share: `hub.py` has it.

    Attributes:
        log: The log itself, for those who are behind what is shared.
    """

    log: ChangeLog

    @property
    def recent(self) -> RecentChanges | None:
        """The end of the log, while it is known."""
        ...

    @property
    def closed(self) -> bool:
        """Whether nothing will come any more."""
        ...

    async def grown(self, seconds: float) -> None:
        """Waits until there is a new change or the log is closed, for at most so many seconds."""
        ...

    def forget(self) -> None:
        """Takes note that one follows no longer."""
        ...


class Subscription(AbstractContextManager["Subscription"]):
    """What comes after a place in the log, without a gap and without doubling, at the follower's own pace.

    It holds no changes itself. Near the end of the log it reads what all followers share; else it reads the store.

    Attributes:
        position: The place behind all that was given so far, and behind what was passed over.
    """

    def __init__(
        self, hub: SharedLog, position: Position, collection: str | None, seconds: float | None = None
    ) -> None:
        self.position = position
        self._hub = hub
        self._collection = collection
        self._shared: RecentChanges | None = None
        self._place = Place(0)
        self._seen = Snapshot()
        self._left = False
        self._pace = BatchSizer(_CHARACTERS)
        self._read_all = False
        self._until = inf if seconds is None else asyncio.get_running_loop().time() + seconds

    @property
    def is_behind(self) -> bool:
        """Whether more was there already than has been given."""
        return not self._read_all if self._shared is None else self._place.piece != self._shared.following

    @property
    def expired(self) -> bool:
        """Whether it has been followed for as long as it may be."""
        return asyncio.get_running_loop().time() >= self._until

    @property
    def ended(self) -> bool:
        """Whether nothing will come any more."""
        return self._hub.closed or self.expired

    @override
    def __enter__(self) -> Self:
        return self

    @override
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Follows no longer; may be called again."""
        if not self._left:
            self._left = True
            self._hub.forget()

    async def next(self, most: int, seconds: float) -> Sequence[LogEntry]:
        """Returns the next changes as soon as there are any.

        Args:
            most: The largest number; they are fewer if they are large.
            seconds: How long to wait for them; nothing is returned after that, or once it has ended.

        Raises:
            CursorExpired: The place that it began from is of another epoch of the log.
        """
        loop = asyncio.get_running_loop()
        until = min(loop.time() + seconds, self._until)
        while not self.ended:
            entries = self._from_shared(most) if self._joined() else await self._from_store(most, until)
            remaining = until - loop.time()
            if entries or remaining <= 0:
                return entries
            if self._shared is not None:
                await self._hub.grown(remaining)
        return ()

    def _joined(self) -> bool:
        """Joins the others where what they share reaches back to the own place."""
        recent = self._hub.recent
        if self._shared is not None and self._shared is not recent:
            self._shared = None
        if self._shared is None and recent is not None:
            place = recent.where(self.position)
            if place is not None:
                self._shared, self._place, self._seen = recent, place, self.position.seen
        return self._shared is not None

    def _from_shared(self, most: int) -> Sequence[LogEntry]:
        recent = self._shared
        if recent is None:
            return ()
        try:
            entries, self._place = recent.read(self._place, self._seen, self._collection, most, _CHARACTERS)
        except LookupError:
            self._shared = None
            return ()
        if entries:
            self.position = entries[-1].position
        if self._place.piece == recent.following and recent.end.is_past(self.position):
            self.position = recent.end
        return entries

    async def _from_store(self, most: int, until: float) -> Sequence[LogEntry]:
        try:
            stretch = await self._hub.log.after(self.position, self._collection, self._pace.many(most))
        except StoreUnavailable:
            await asyncio.sleep(max(0.0, min(_BETWEEN_ATTEMPTS, until - asyncio.get_running_loop().time())))
            return ()
        self.position, self._read_all = stretch.position, stretch.is_last
        self._pace.took(stretch.entries)
        if not stretch.entries and stretch.is_last and self._hub.recent is None:
            await self._hub.grown(_BETWEEN_ATTEMPTS)
        return stretch.entries
