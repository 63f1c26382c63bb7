"""How many requests are worked on at the same time."""

from collections import Counter
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

from starlette.types import Scope

from datastore_service.api.http.problems import Problem

_RETRY_AFTER: Final = "1"
_BITS_OF_A_NETWORK: Final = 64


class Concurrency:
    """Has a request refused while as many as may be are under way, rather than let all of them grow slow.

    Args:
        most: Requests that are worked on; one that waits for its body is not worked on.
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
        """Says why one more is not taken, if so."""
        if self._per_client and self._of_clients[client_of(scope)] >= self._per_client:
            return _overloaded(f"{self._per_client} requests from this client, which is as many as it takes from one")
        if self._under_way < self._most:
            return None
        return self._full()

    def excess(self) -> Problem | None:
        """Says why one that was taken has no room any more, if so."""
        return self._full() if self._under_way > self._most else None

    def enter(self) -> None:
        """Counts one more."""
        self._under_way += 1

    def leave(self) -> None:
        """Counts one less."""
        self._under_way -= 1

    def enter_client(self, scope: Scope) -> None:
        """Counts one more of the client that has made the request, if clients are counted."""
        self._of_clients[client_of(scope)] += 1

    def leave_client(self, scope: Scope) -> None:
        """Counts one less of that client."""
        client = client_of(scope)
        self._of_clients[client] -= 1
        if not self._of_clients[client]:
            del self._of_clients[client]

    def _full(self) -> Problem:
        return _overloaded(f"{self._most} requests, which is as many as it takes at once")


def client_of(scope: Scope) -> str:
    """Returns what tells the client of a request from others: its address or, of IPv6, the network of that."""
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
    return Problem("overloaded", f"The service is at work on {work}.", headers={"Retry-After": _RETRY_AFTER})
