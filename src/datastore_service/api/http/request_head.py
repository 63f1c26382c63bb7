"""The head of a request, which is looked through once for all who ask about it."""

from dataclasses import dataclass
from itertools import chain
from typing import Final, Self

from starlette.types import Scope

_KEPT_AS: Final = "datastore.head"
# Each header line has a colon, a space and two characters for its end beside name and value.
_AROUND_A_HEADER: Final = 4


@dataclass(slots=True)
class RequestHead:
    """What precedes the body.

    Attributes:
        headers: The value of each, by its name in lower case; several of one name are joined by commas, which means
            the same (RFC 9110, section 5.3).
        hosts: How many Host headers there are.
        header_bytes: How much all headers hold together.
        uri_bytes: The length of the request target.
        raw_path: The path as it was sent.
        query: The query string as it was sent.
    """

    http_version: str
    method: str
    path: str
    headers: dict[bytes, bytes]
    hosts: int
    header_bytes: int
    uri_bytes: int
    raw_path: bytes = b""
    query: bytes = b""

    @classmethod
    def of(cls, scope: Scope) -> Self:
        """Returns the head of a request or a handshake."""
        known: Self | None = scope.get(_KEPT_AS)
        if known is None:
            known = scope[_KEPT_AS] = cls._read(scope)
        return known

    @classmethod
    def _read(cls, scope: Scope) -> Self:
        lines: list[tuple[bytes, bytes]] = scope["headers"]
        headers = dict(lines)
        hosts = int(b"host" in headers)
        if len(headers) < len(lines):
            hosts = sum(name == b"host" for name, _ in lines)
            values: dict[bytes, list[bytes]] = {}
            for name, value in lines:
                values.setdefault(name, []).append(value)
            headers = {name: b", ".join(given) for name, given in values.items()}
        size = len(b"".join(chain.from_iterable(lines))) + _AROUND_A_HEADER * len(lines)
        path, query = scope.get("path", ""), scope.get("query_string", b"")
        raw_path = scope.get("raw_path") or b""
        return cls(
            http_version=scope.get("http_version", "1.1"),
            method=scope.get("method", "GET"),
            path=path,
            headers=headers,
            hosts=hosts,
            header_bytes=size,
            uri_bytes=len(raw_path or path) + len(query) + bool(query),
            raw_path=raw_path,
            query=query,
        )

    def get(self, name: bytes) -> str | None:
        """Returns the value of a header, None where there is no such header."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")
