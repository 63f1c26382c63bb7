"""Refuses, before anything is read or run, what a request's head shows to be unwelcome."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from datastore_service.api.problems import Problem

# Each header line has a colon, a space and two characters for its end beside name and value.
_AROUND_A_HEADER: Final = 4


@dataclass(frozen=True, slots=True)
class RequestHead:
    """What precedes the body.

    Attributes:
        headers: The last value of each, by its name in lower case.
        hosts: How many Host headers there are.
        header_bytes: How much all headers hold together.
        uri_bytes: The length of the request target.
    """

    http_version: str
    method: str
    path: str
    headers: dict[str, str]
    hosts: int
    header_bytes: int
    uri_bytes: int

    @classmethod
    def of(cls, scope: Scope) -> Self:
        headers: dict[str, str] = {}
        hosts, size = 0, 0
        for name, value in scope["headers"]:
            size += len(name) + len(value) + _AROUND_A_HEADER
            hosts += name == b"host"
            headers[name.decode("latin-1")] = value.decode("latin-1")
        query: bytes = scope["query_string"]
        target = len(scope.get("raw_path") or scope["path"]) + len(query) + bool(query)
        return cls(scope["http_version"], scope.get("method", "GET"), scope["path"], headers, hosts, size, target)


type Check = Callable[[RequestHead], Problem | None]
"""Returns what is wrong with a request's head, if anything is."""


class Admission:
    """Lets a request in if every check does, WebSocket handshakes included."""

    def __init__(self, app: ASGIApp, *, checks: Sequence[Check]) -> None:
        self._app = app
        self._checks = checks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            head = RequestHead.of(scope)
            for check in self._checks:
                if problem := check(head):
                    await _refuse(problem, scope, receive, send)
                    return
        await self._app(scope, receive, send)


async def _refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await problem.to_response()(scope, receive, send)
    else:
        # The server answers a handshake with 403 then; no page could read more of it.
        await WebSocketClose()(scope, receive, send)
