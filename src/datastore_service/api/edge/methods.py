"""The HTTP methods, and which of them a resource has (RFC 9110, section 9)."""

from collections.abc import Sequence
from typing import Final, override

from fastapi import FastAPI, Request, Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from datastore_service.api.http.json_requests import JSON_PATCH, MERGE_PATCH
from datastore_service.api.http.problems import Problem
from datastore_service.api.http.request_head import RequestHead

_IMPLEMENTED: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_CHUNKED: Final = "chunked"
_KNOWN: Final = frozenset({*_IMPLEMENTED, "TRACE", "QUERY"})


def check(head: RequestHead) -> Problem | None:
    """Answers 501 to unknown methods (section 15.6.2); the router answers 405 if the resource lacks a known method.

    An unknown transfer coding is the same kind of error (RFC 9112, section 6.1).
    """
    if not is_known(head.method):
        return not_implemented(head.method)
    if b"transfer-encoding" in head.headers and (coding := _coding(head)) not in ("", _CHUNKED):
        return Problem(
            "transfer_coding_not_implemented", f"The service does not implement the transfer coding {coding}."
        )
    return None


def _coding(head: RequestHead) -> str:
    return (head.get(b"transfer-encoding") or "").strip().lower()


def is_known(method: str) -> bool:
    """Tells whether a method is known: those of RFC 9110 except CONNECT, and PATCH and QUERY."""
    return method in _KNOWN


def not_implemented(method: str) -> Problem:
    """Returns the problem of a method that no resource implements."""
    return Problem("method_not_implemented", f"No resource of this service implements {method or 'the method'}.")


def install(app: FastAPI) -> None:
    """Answers OPTIONS, and methods that a resource lacks, with the methods that it has.

    The framework itself would name only the methods of the first route with that path.
    """

    async def answer(request: Request, _error: Exception) -> Response:
        routes: Sequence[BaseRoute] = request.app.routes
        methods = [method for method in _IMPLEMENTED if _has(routes, request, method)]
        headers = {"Allow": ", ".join(methods)}
        if request.method == "OPTIONS":
            patches = {"Accept-Patch": f"{MERGE_PATCH}, {JSON_PATCH}"} if "PATCH" in methods else {}
            return Response(status_code=204, headers=headers | patches)
        detail = f"{request.method} is not among the methods of this resource: {headers['Allow']}."
        return Problem("method_not_allowed", detail, headers=headers).to_response()

    app.add_exception_handler(405, answer)
    app.router.routes.append(_WholeService())


class _WholeService(BaseRoute):
    """What `OPTIONS *` asks about: no resource, but all of them (RFC 9110, section 9.3.7)."""

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        asked = scope["type"] == "http" and (scope["method"], scope["path"]) == ("OPTIONS", "*")
        return (Match.FULL if asked else Match.NONE), {}

    @override
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await Response(status_code=204, headers={"Allow": ", ".join(_IMPLEMENTED)})(scope, receive, send)


def _has(routes: Sequence[BaseRoute], request: Request, method: str) -> bool:
    if method == "OPTIONS":
        return True
    scope = {**request.scope, "method": "GET" if method == "HEAD" else method}
    return any(route.matches(scope)[0] is Match.FULL for route in routes)
