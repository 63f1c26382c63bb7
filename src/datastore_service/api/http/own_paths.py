"""The paths of the service itself, with which the path below which a proxy serves it must not be confused."""

from collections.abc import Callable, Sequence
from functools import lru_cache

from starlette.routing import BaseRoute

from datastore_service.api.http.prefixes import prefix
from datastore_service.api.http.problems import Problem
from datastore_service.api.http.request_head import RequestHead
from datastore_service.library_internals.fastapi import iter_route_contexts


def is_own(path: str, routes: Sequence[BaseRoute]) -> bool:
    """Tells whether a path without a trailing slash is one of these routes, or the beginning of one.

    A route that begins with a parameter does not count: it would begin with any path.
    """
    given = path.split("/")[1:]
    templates = (context.path or "" for context in iter_route_contexts(routes))
    return any(_begins(given, template.split("/")[1:]) for template in templates)


def _begins(given: Sequence[str], template: Sequence[str]) -> bool:
    if not template or given[0] != template[0]:
        return False
    if template[-1].endswith(":path}"):
        template = [*template, *("{}" for _ in given)]
    return len(given) <= len(template) and all(
        ours.startswith("{") or ours == theirs for theirs, ours in zip(given, template, strict=False)
    )


def ambiguous(path: str) -> str:
    """Says why the service cannot be served below a path that is its own."""
    return (
        f"the service has {path} among its own paths, so it cannot tell whether a proxy has taken {path} off the path "
        "of a request. Serve it below another path."
    )


class Prefixes:
    """Refuses requests that come by a proxy below a path which is also one of the service."""

    def __init__(self, routes: Callable[[], Sequence[BaseRoute]]) -> None:
        self._routes = routes
        self._judge = lru_cache(maxsize=64)(self._problem)

    def __call__(self, _head: RequestHead) -> Problem | None:
        path = prefix()
        return self._judge(path) if path else None

    def _problem(self, path: str) -> Problem | None:
        if not is_own(path, self._routes()):
            return None
        detail = f"X-Forwarded-Prefix: {ambiguous(path)}"
        return Problem("malformed_header", detail, {"errors": [{"header": "X-Forwarded-Prefix", "detail": detail}]})
