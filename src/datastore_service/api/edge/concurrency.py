"""The limit on requests that are processed at the same time."""

from collections import Counter
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

from starlette.types import Scope

from datastore_service.api.http.problems import Problem

_RETRY_AFTER: Final = "1"
_BITS_OF_A_NETWORK: Final = 64


class Concurrency:
    """Refuses requests above a limit, so that those under way do not all become slow.

    Args:
        most: Requests that are processed at the same time; one that waits for its body does not count.
        per_client: Requests that one client may have, including those that wait for their bodies; 0 sets no limit.

    Attributes:
        counts_clients: Whether the requests of each client are counted.
    """

    def __init__(self, most: int, per_client: int = 0) -> None:
        self._most = most
        self._per_client = per_client
        self.counts_clients = per_client > 0
        self._under_way = 0
        self._of_clients: Counter[str] = Counter()

    def refusal(self, scope: Scope) -> Problem | None:
        """Returns why another request is refused, or None."""
        if self._per_client and self._of_clients[client_of(scope)] >= self._per_client:
            return _overloaded(f"{self._per_client} requests from this client, its limit for one client")
        if self._under_way < self._most:
            return None
        return self._full()

    def excess(self) -> Problem | None:
        """Returns why a request has to give way whose body has arrived meanwhile, or None."""
        return self._full() if self._under_way > self._most else None

    def enter(self) -> None:
        """Counts a request in."""
        self._under_way += 1

    def leave(self) -> None:
        """Counts a request out."""
        self._under_way -= 1

    def enter_client(self, scope: Scope) -> None:
        """Counts a request in for its client."""
        self._of_clients[client_of(scope)] += 1

    def leave_client(self, scope: Scope) -> None:
        """Counts a request out for its client."""
        client = client_of(scope)
        self._of_clients[client] -= 1
        if not self._of_clients[client]:
            del self._of_clients[client]

    def _full(self) -> Problem:
        return _overloaded(f"{self._most} requests, its limit")


def client_of(scope: Scope) -> str:
    """Returns what identifies the client: its IPv4 address, or the network of its IPv6 address."""
    client: tuple[str, int] | None = scope.get("client")
    return _network(client[0]) if client else ""


@lru_cache(maxsize=1024)
def _network(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(IPv6Address(int(address) >> _BITS_OF_A_NETWORK << _BITS_OF_A_NETWORK))
    return host


def _overloaded(work: str) -> Problem:
    return Problem("overloaded", f"The service is processing {work}.", headers={"Retry-After": _RETRY_AFTER})
