"""How much memory slow clients take: what they have sent of bodies that go on, and have not taken of answers."""

from typing import Protocol


class Holder(Protocol):
    """What bytes are held for; no two of them are equal."""

    def give_up(self) -> None:
        """Ends, so that the bytes are let go."""
        ...


class HeldBytes:
    """Adds up what is held for all clients. Beyond the most, whatever began first and is not settled is given up.

    A client that is quick has ended long before it is the first, however many others hold what they can.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._total = 0
        self._held: dict[Holder, int] = {}
        self._unsettled: dict[Holder, None] = {}

    def add(self, holder: Holder, size: int) -> None:
        """Holds so many bytes more."""
        self._total += size
        self._held[holder] = self._held.get(holder, 0) + size
        self._unsettled.setdefault(holder)
        while self._total > self._most and self._unsettled:
            first = next(iter(self._unsettled))
            self.release(first)
            first.give_up()

    def hold(self, holder: Holder, size: int) -> None:
        """Holds so many bytes, instead of those that were held for it."""
        self.add(holder, size - self._held.get(holder, 0))

    def settle(self, holder: Holder) -> None:
        """Takes note that the client has done its part: from now on the service ends by itself."""
        self._unsettled.pop(holder, None)

    def release(self, holder: Holder) -> None:
        """Holds nothing more for it."""
        self._total -= self._held.pop(holder, 0)
        self._unsettled.pop(holder, None)
