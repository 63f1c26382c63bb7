"""The time limit for a request, until its response begins."""

import asyncio
from types import TracebackType
from typing import Final, cast

from datastore_service.api.edge.body_rate import BodyRate
from datastore_service.api.edge.timers import Timers
from datastore_service.api.http.problems import Problem
from datastore_service.application.commits import count_commits

_RETRY_AFTER: Final = "1"


class Deadline:
    """Cancels a request that takes too long to begin its response; the response itself may take any time.

    A commit that is under way is not cancelled (see SqlUnitOfWork), so it is always known what was committed.

    A context manager like `asyncio.timeout`, but without a timer of the event loop for each request.

    Attributes:
        expired: Whether the deadline has cancelled the request.
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

    def give_up(self) -> None:
        """Ends the request now."""
        if not (self._endless or self.expired):
            self._timers.stop(self)
            self.time_is_up()

    def renew(self) -> None:
        """Starts the full time anew, unless the deadline was lifted."""
        if not (self._endless or self.expired):
            self._timers.start(self)

    def give(self) -> None:
        """Lifts the deadline."""
        self._endless = True
        self._timers.stop(self)

    def problem(self, *, waits_for_client: bool, rate: BodyRate | None = None) -> Problem:
        """Says whether the client or the service was too slow, and what has been committed.

        Args:
            waits_for_client: Whether the request was waiting for the rest of its body.
            rate: The minimum rate of the body, if it is processed while it arrives.
        """
        seconds = f"{self._timers.seconds:g} seconds"
        if waits_for_client:
            slowly = f", or came at less than {rate.bytes_per_second:g} bytes a second" if rate else ""
            detail = f"The body did not arrive within {seconds}{slowly}."
            return Problem("request_timeout", detail, headers={"Connection": "close"})
        commits = self._commits.made
        what_stands = (
            f"Changes that were committed before that remain: {commits} committed" if commits else "Nothing was changed"
        )
        detail = f"The request took longer than {seconds} and was stopped. {what_stands}."
        return Problem("deadline_exceeded", detail, {"commits": commits}, {"Retry-After": _RETRY_AFTER})
