"""How long a request may take until its answer begins."""

import asyncio
from typing import Final

from datastore_service.api.problems import Problem
from datastore_service.application.commits import count_commits

_RETRY_AFTER: Final = "1"


class Deadline:
    """Cancels what takes too long; what has begun to answer may go on for as long as it likes.

    A commit that is under way is not cancelled (see SqlUnitOfWork), so it is always known what was committed.
    """

    __slots__ = ("_commits", "_endless", "_seconds", "timeout")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._endless = False
        self._commits = count_commits()
        self.timeout = asyncio.timeout(seconds)

    def renew(self) -> None:
        """Gives the request as much time again, if there is a deadline still."""
        if not (self._endless or self.timeout.expired()):
            self.timeout.reschedule(asyncio.get_running_loop().time() + self._seconds)

    def give(self) -> None:
        """Gives it all the time that it wants."""
        if not (self._endless or self.timeout.expired()):
            self._endless = True
            self.timeout.reschedule(None)

    def problem(self, *, waited_for_client: bool) -> Problem:
        """Says who was too slow, and what stands."""
        if waited_for_client:
            detail = f"The body did not arrive within {self._seconds:g} seconds."
            return Problem("request_timeout", detail, headers={"Connection": "close"})
        commits = self._commits.made
        what_stands = (
            f"Changes had been made by then, and stand: {commits} committed" if commits else "Nothing was changed"
        )
        detail = f"The request took longer than {self._seconds:g} seconds and was stopped. {what_stands}."
        return Problem("deadline_exceeded", detail, {"commits": commits}, {"Retry-After": _RETRY_AFTER})
