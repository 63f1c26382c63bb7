"""Whether requests are let in at all: not before the service is there, and none that come when it goes (adr/0055)."""

from typing import Final

from datastore_service.api.http.problems import Problem
from datastore_service.application.lifecycle import Lifecycle, Phase

_RETRY_AFTER: Final = "1"
_CODES: Final = {Phase.STARTING: "starting", Phase.ENDING: "shutting_down"}


class LifecycleGate:
    """Holds requests while the service starts, and has them refused while it waits for something or ends.

    What is under way when the service ends is finished, and its answer is the last one on its connection.
    """

    def __init__(self, lifecycle: Lifecycle) -> None:
        self._lifecycle = lifecycle
        self.work = lifecycle.working()
        """Counts as under way what happens in the context."""

    @property
    def is_undecided(self) -> bool:
        """Whether it is worth waiting until it is known if requests are let in."""
        return self._lifecycle.phase is Phase.STARTING

    @property
    def lets_the_last_out(self) -> bool:
        """Whether no other request is taken on the connection of what is answered now."""
        return self._lifecycle.phase is Phase.ENDING

    async def decided(self) -> None:
        """Returns when it is known whether requests are let in."""
        await self._lifecycle.decided()

    def refusal(self) -> Problem | None:
        """Says why a request is not let in, if so."""
        if self._lifecycle.serves:
            return None
        headers = {"Retry-After": _RETRY_AFTER, "Connection": "close"}
        return Problem(_CODES[self._lifecycle.phase], self._lifecycle.problem or "", headers=headers)
