"""Requests that wait for something to happen: they are not slow, and not at work."""

from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.types import Scope

_CALLBACK = "when_idle"


def on_detach(scope: Scope, callback: Callable[[], None]) -> None:
    """Has this called when the request turns out to be one that waits."""
    scope.setdefault("state", {})[_CALLBACK] = callback


def clear(scope: Scope) -> None:
    """Clears the callback, which would otherwise form a reference cycle with the request."""
    scope["state"].pop(_CALLBACK, None)


def detach(request: HTTPConnection) -> None:
    """Says that from now on the request waits: no deadline holds for it, and it does not count as under way."""
    callback: Callable[[], None] | None = request.scope.get("state", {}).pop(_CALLBACK, None)
    if callback is not None:
        callback()
