"""The names that the service answers to: this protects it from DNS rebinding (RFC 9110, section 7.4)."""

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from datastore_service.api.http.problems import Problem
from datastore_service.api.http.request_head import RequestHead
from datastore_service.config.settings import ServerSettings

_HOST: Final = re.compile(r"(?:([a-z0-9._-]+)|\[([0-9a-f:.]+)\])(?::[0-9]*)?", re.IGNORECASE)
# Orchestrators use whichever name or address they have; the health check tells them one word.
_HEALTH: Final = "/health/"
# No browser uses HTTP/1.0, which needs no Host header.
_WITHOUT_HOST: Final = "1.0"


class Hosts:
    """Checks the Host header: localhost, the loopback addresses, `server.host` and `server.allowed_hosts` are accepted.

    A service that listens on every interface answers under every IP address: it was configured so, and a page that was
    loaded from an IP address belongs to this service.
    """

    def __init__(self, server: ServerSettings) -> None:
        allowed = {"localhost", "*.localhost", server.host.lower(), *server.allowed_hosts}
        self._names = allowed
        self._suffixes = tuple(name[1:] for name in allowed if name.startswith("*."))
        self._any_address = _is_unspecified(server.host)
        self._judge = lru_cache(maxsize=256)(self._problem)

    def __call__(self, head: RequestHead) -> Problem | None:
        if head.hosts != 1:
            if not head.hosts and head.http_version == _WITHOUT_HOST:
                return None
            return _malformed(f"Host: the request has {head.hosts or 'no'} Host headers; it needs exactly one.")
        problem = self._judge(head.headers.get(b"host", b""))
        if problem and problem.code == "host_not_allowed" and head.path.startswith(_HEALTH):
            return None
        return problem

    def _problem(self, given: bytes) -> Problem | None:
        host = given.decode("latin-1")
        parts = _HOST.fullmatch(host)
        if not parts:
            return _malformed(f"Host: {host!r} is neither a name nor an address, optionally with a port.")
        name = (parts[1] or parts[2]).lower().removesuffix(".")
        if self._is_allowed(name):
            return None
        return Problem(
            "host_not_allowed", f"The service does not answer to {name!r}; server.allowed_hosts can name it."
        )

    def _is_allowed(self, name: str) -> bool:
        if "*" in self._names or name in self._names or name.endswith(self._suffixes):
            return True
        try:
            address = ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or self._any_address or str(address) in self._names


def _is_unspecified(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


def _malformed(detail: str) -> Problem:
    return Problem("malformed_header", detail, {"errors": [{"header": "Host", "detail": detail}]})
