"""How long a request may take until its answer begins."""

import asyncio
from types import TracebackType
from typing import Final, cast

from datastore_service.api.edge.body_rate import BodyRate
from datastore_service.api.edge.timers import Timers
from datastore_service.api.http.problems import Problem
from datastore_service.application.commits import count_commits

_RETRY_AFTER: Final = "1"


class Deadline:
    """Cancels what takes too long; what has begun to answer may go on for as long as it likes.

    A commit that is under way is not cancelled (see SqlUnitOfWork), so it is always known what was committed.

    A context, like that of `asyncio.timeout`, which has a timer of the loop for each.

    Attributes:
        expired: Whether it was too late for the request.
    """

    __slots__ = ("_cancels_before", "_commits", "_endless", "_task", "_timers", "expired")

    _task: asyncio.Task[object]
    _cancels_before: int

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._commits = count_commits()
        self._endless = self.expired = False

    def __enter__(self) -> None:
        self._task = cast("asyncio.Task[object]", asyncio.current_task())
        self._cancels_before = self._task.cancelling()
        self._timers.start(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._endless:
            self._timers.stop(self)
        is_its_own = self.expired and self._task.uncancel() <= self._cancels_before
        if is_its_own and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def time_is_up(self) -> None:
        """Cancels the request; see `Timed`."""
        self.expired = True
        self._task.cancel()

    def renew(self) -> None:
        """Gives the request as much time again, if there is a deadline still."""
        if not (self._endless or self.expired):
            self._timers.start(self)

    def give(self) -> None:
        """Gives it all the time that it wants."""
        self._endless = True
        self._timers.stop(self)

    def problem(self, *, waits_for_client: bool, rate: BodyRate | None = None) -> Problem:
        """Says who was too slow, and what stands.

        Args:
            waits_for_client: Whether the rest of the body was waited for.
            rate: How fast the body had to come, if it is worked on while it does.
        """
        seconds = f"{self._timers.seconds:g} seconds"
        if waits_for_client:
            slowly = f", or came at less than {rate.bytes_per_second:g} bytes a second" if rate else ""
            detail = f"The body did not arrive within {seconds}{slowly}."
            return Problem("request_timeout", detail, headers={"Connection": "close"})
        commits = self._commits.made
        what_stands = (
            f"Changes had been made by then, and stand: {commits} committed" if commits else "Nothing was changed"
        )
        detail = f"The request took longer than {seconds} and was stopped. {what_stands}."
        return Problem("deadline_exceeded", detail, {"commits": commits}, {"Retry-After": _RETRY_AFTER})
