"""The head of a request, parsed once for every layer that reads it."""

from dataclasses import dataclass
from itertools import chain
from typing import Final, Self

from starlette.types import Scope

_KEPT_AS: Final = "datastore.head"
# Besides name and value, each header line has a colon, a space and two characters at its end.
_AROUND_A_HEADER: Final = 4


@dataclass(slots=True)
class RequestHead:
    """What precedes the body of a request.

    Attributes:
        headers: The value of each header, by its name in lower case. Values of the same name are joined by commas,
            which means the same (RFC 9110, section 5.3).
        hosts: The number of Host headers.
        header_bytes: The size of all headers together.
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
        """Returns the value of a header, or None."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")
