"""The minimum rate of a body that is processed while it arrives."""

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class BodyRate:
    """Adds up the time for which the service has waited for one client's body.

    The limit is `seconds`, and one second more for each `bytes_per_second` that have arrived. The time that the service
    itself takes to process the body does not count.
    """

    seconds: float
    bytes_per_second: float
    _allowed: float = field(init=False)
    _since: float = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._allowed = self.seconds

    def begin(self) -> float:
        """Starts a wait, and returns the longest time that it may take, in seconds."""
        self._since = asyncio.get_running_loop().time()
        return min(self.seconds, self._allowed)

    def end(self, size: int) -> None:
        """Ends a wait in which `size` bytes have arrived."""
        waited = asyncio.get_running_loop().time() - self._since
        # A client cannot save up time by sending fast, and then stop sending.
        self._allowed = min(self._allowed - waited + size / self.bytes_per_second, self.seconds)
