"""Requests that wait for an event: they have no deadline, and do not count as under way."""

from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.types import Scope

_CALLBACK = "when_idle"


def on_detach(scope: Scope, callback: Callable[[], None]) -> None:
    """Registers what is called when the request begins to wait."""
    scope.setdefault("state", {})[_CALLBACK] = callback


def clear(scope: Scope) -> None:
    """Clears the callback, which would otherwise form a reference cycle with the request."""
    scope["state"].pop(_CALLBACK, None)


def detach(request: HTTPConnection) -> None:
    """Marks the request as waiting: its deadline is lifted, and it no longer counts as under way."""
    callback: Callable[[], None] | None = request.scope.get("state", {}).pop(_CALLBACK, None)
    if callback is not None:
        callback()
