"""How many requests are worked on at the same time."""

from typing import Final

from datastore_service.api.problems import Problem

_RETRY_AFTER: Final = "1"


class Concurrency:
    """Has a request refused while as many as may be are under way, rather than let all of them grow slow."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._under_way = 0

    def refusal(self) -> Problem | None:
        """Says why one more is not taken, if so."""
        if self._under_way < self._most:
            return None
        detail = f"The service is at work on {self._most} requests, which is as many as it takes at once."
        return Problem("overloaded", detail, headers={"Retry-After": _RETRY_AFTER})

    def enter(self) -> None:
        """Counts one more."""
        self._under_way += 1

    def leave(self) -> None:
        """Counts one less."""
        self._under_way -= 1
