"""How slowly a body may arrive that is worked on while it does."""

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class BodyRate:
    """Adds up how long one client has been waited for.

    That is `seconds` at most, and more for what has come: one second for each `bytes_per_second`. What the service
    itself takes for the body does not count.
    """

    seconds: float
    bytes_per_second: float
    _allowed: float = field(init=False)
    _since: float = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._allowed = self.seconds

    def begin(self) -> float:
        """Begins to wait, and returns for how long that may be, in seconds."""
        self._since = asyncio.get_running_loop().time()
        return min(self.seconds, self._allowed)

    def end(self, size: int) -> None:
        """Has waited; so many bytes have come."""
        waited = asyncio.get_running_loop().time() - self._since
        # What came fast does not pay for a client that sends nothing later.
        self._allowed = min(self._allowed - waited + size / self.bytes_per_second, self.seconds)
