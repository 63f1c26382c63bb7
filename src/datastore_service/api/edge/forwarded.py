"""What trusted proxies say about a request: its client, and the path below which they serve it (adr/0022)."""

import re
from collections.abc import Awaitable
from typing import Any, Final, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from datastore_service.api.http.prefixes import answer_below, prefix
from datastore_service.config.settings import ServerSettings
from datastore_service.library_internals.uvicorn import ProxyHeadersMiddleware

_PREFIX: Final = b"x-forwarded-prefix"
_FORWARDED: Final = frozenset({_PREFIX, b"x-forwarded-for", b"x-forwarded-proto"})
_LONGEST: Final = 256
# Such segments cannot form the address of another host, nor climb out of the path.
_PATH: Final = re.compile(rb"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+/?")
_LINK: Final = re.compile(rb"<(?=/(?!/))")


class Forwarded:
    """Applies the headers of the proxies in `server.trusted_proxies`; addresses in responses begin with the prefix.

    uvicorn reads X-Forwarded-For and X-Forwarded-Proto. The prefix comes from X-Forwarded-Prefix or, without it, from
    `server.root_path`. It is removed from the path if the proxy has left it there. A prefix that is not a plain path is
    ignored.
    """

    def __init__(self, app: ASGIApp, server: ServerSettings) -> None:
        self._app = app
        self._proxied = ProxyHeadersMiddleware(cast("Any", app), list(server.trusted_proxies))
        self._root_path = server.root_path.encode("ascii")

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        client = scope.get("client")
        if scope["type"] == "lifespan" or not (self._root_path or client):
            return self._app(scope, receive, send)
        path, app = self._root_path, self._app
        if client and client[0] in self._proxied.trusted_hosts:
            given = [header for header in scope["headers"] if header[0] in _FORWARDED]
            if given:
                app = cast("ASGIApp", self._proxied)
                path = _prefix_of(given) or path
        if path:
            send = _below(scope, path, send)
        elif prefix():
            # A pipelined request starts in the context of the request before it, and would inherit its prefix.
            answer_below("")
        return app(scope, receive, send)


def _prefix_of(headers: list[tuple[bytes, bytes]]) -> bytes | None:
    values = [value.strip() for name, value in headers if name == _PREFIX]
    if len(values) != 1 or len(values[0]) > _LONGEST or not _PATH.fullmatch(values[0]):
        return None
    return values[0].removesuffix(b"/")


def _below(scope: Scope, path: bytes, send: Send) -> Send:
    text = path.decode("ascii")
    answer_below(text)
    if scope["path"] == text or scope["path"].startswith(f"{text}/"):
        scope["path"] = scope["path"].removeprefix(text) or "/"
        scope["raw_path"] = scope["raw_path"].removeprefix(path) or b"/"

    def send_addresses(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            message["headers"] = [(name, _address(name.lower(), value, path)) for name, value in message["headers"]]
        return send(message)

    return send_addresses


def _address(name: bytes, value: bytes, path: bytes) -> bytes:
    if name == b"location" and value.startswith(b"/") and not value.startswith(b"//"):
        return path + value
    if name == b"link":
        return _LINK.sub(b"<" + path, value)
    return value
