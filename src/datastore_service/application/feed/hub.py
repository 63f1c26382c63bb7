"""Reads the change log once for all followers in this process."""

import asyncio
import logging
from typing import Final

from datastore_service.application.backoff import backoff
from datastore_service.application.errors import CursorExpired, StoreUnavailable, TooManyStreams
from datastore_service.application.feed.batch_sizer import BatchSizer
from datastore_service.application.feed.log_head import LogHead
from datastore_service.application.feed.ports.changes import ChangeLog
from datastore_service.application.feed.recent_changes import RecentChanges
from datastore_service.application.feed.subscription import Subscription
from datastore_service.application.limits import Limits
from datastore_service.application.outages import Outage
from datastore_service.application.ports.change_notifier import ChangeNotifier
from datastore_service.application.position import Position

_PAGE: Final = 500
_CHARACTERS: Final = 2 * 1024 * 1024
"""How many changes are read at once, and about how much text their payloads may have together."""
_GATHERING: Final = 0.005
"""Seconds that are waited after a change for others that come with it."""
_FIRST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 5.0
"""The bounds of the pauses, in seconds, between attempts after a failure."""

_log = logging.getLogger(__name__)


class ChangeHub:
    """Reads new changes at each notification, and at an interval without one, and keeps them for the followers.

    A follower that is slower than the log reads the store itself: what it costs here does not depend on how slow it is.
    It begins to work with the first follower.
    """

    def __init__(self, log: ChangeLog, notifier: ChangeNotifier, limits: Limits) -> None:
        self.log = log
        self.ends = LogHead(log.end)
        self.closed = False
        self.recent: RecentChanges | None = None
        self._notifier = notifier
        self._limits = limits
        self._subscriptions = 0
        self._pace = BatchSizer(_CHARACTERS)
        self._task: asyncio.Task[None] | None = None
        self._grown: asyncio.Future[None] | None = None

    @property
    def subscriptions(self) -> int:
        """How many follow at the moment."""
        return self._subscriptions

    def follow(self, position: Position, collection: str | None, seconds: float | None = None) -> Subscription:
        """Begins to follow the changes of one collection, or of all, behind a place, for at most so many seconds.

        Raises:
            TooManyStreams: As many follow as may.
        """
        if self._subscriptions >= self._limits.streams:
            raise TooManyStreams(self._limits.streams)
        if self._task is None and not self.closed:
            self._task = asyncio.create_task(self._read_on(), name="changes")
        self._subscriptions += 1
        return Subscription(self, position, collection, seconds)

    def forget(self) -> None:
        """Counts one follower less."""
        self._subscriptions -= 1

    async def grown(self, seconds: float) -> None:
        """Waits until something is new or the end has come, for at most so many seconds."""
        if self.closed:
            return
        if self._grown is None:
            self._grown = asyncio.get_running_loop().create_future()
        await asyncio.wait([self._grown], timeout=seconds)

    def end(self) -> None:
        """Ends what all of them follow: each is told so, after what it has been given already."""
        self.closed = True
        self._wake()

    async def close(self) -> None:
        """Ends it, and lets go of what it holds."""
        self.end()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._notifier.close()

    def _wake(self) -> None:
        if self._grown is not None and not self._grown.done():
            self._grown.set_result(None)
        self._grown = None

    async def _read_on(self) -> None:
        outage = Outage(_log, begun="The changes cannot be read", ended="The changes are read again.")
        failures = 0
        while True:
            try:
                await self._read()
                failures = 0
                outage.is_over()
                if await self._notifier.wait(self._limits.poll_seconds):
                    await asyncio.sleep(_GATHERING)
            except StoreUnavailable as error:
                failures += 1
                outage.goes_on(error)
                await asyncio.sleep(backoff(failures, first=_FIRST_WAIT, longest=_LONGEST_WAIT))
            except CursorExpired:
                self.recent = None
            except Exception as error:  # noqa: BLE001 - whatever it is, those who follow are not left alone with it
                outage.goes_on_unexpectedly(error)
                await asyncio.sleep(_LONGEST_WAIT)

    async def _read(self) -> None:
        """Reads all that is new."""
        if self.recent is None:
            self.recent = RecentChanges(await self.log.end())
            self._wake()
        while True:
            stretch = await self.log.after(self.recent.end, None, self._pace.many(_PAGE))
            self._pace.took(stretch.entries)
            self.recent.append(stretch)
            if stretch.entries:
                self._wake()
            if stretch.is_last:
                return
