"""Admits requests only while the service is serving: none before it has started, no new ones at its end (adr/0055)."""

from typing import Final

from datastore_service.api.http.problems import Problem
from datastore_service.application.lifecycle import Lifecycle, Phase

_RETRY_AFTER: Final = "1"
_CODES: Final = {Phase.STARTING: "starting", Phase.ENDING: "shutting_down"}


class LifecycleGate:
    """Holds requests while the service starts, and refuses them while it waits for its database or ends.

    Requests under way when the service ends are finished; each response is the last one on its connection.
    """

    def __init__(self, lifecycle: Lifecycle) -> None:
        self._lifecycle = lifecycle
        self.work = lifecycle.working()
        """A context that counts a request as under way."""

    @property
    def is_undecided(self) -> bool:
        """Whether the service is still deciding if it admits requests, which is worth waiting for."""
        return self._lifecycle.phase is Phase.STARTING

    @property
    def lets_the_last_out(self) -> bool:
        """Whether the response that is sent now is the last one on its connection."""
        return self._lifecycle.phase is Phase.ENDING

    async def decided(self) -> None:
        """Waits until it is decided whether requests are admitted."""
        await self._lifecycle.decided()

    def refusal(self) -> Problem | None:
        """Returns why a request is not admitted, or None."""
        if self._lifecycle.serves:
            return None
        headers = {"Retry-After": _RETRY_AFTER, "Connection": "close"}
        return Problem(_CODES[self._lifecycle.phase], self._lifecycle.problem or "", headers=headers)
