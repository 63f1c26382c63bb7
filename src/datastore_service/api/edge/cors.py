"""CORS, for the origins that the settings name; without one, browsers let no page of another origin read a response."""

from collections.abc import Collection, Sequence
from http import HTTPStatus
from typing import Final, override

from fastapi import Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp

from datastore_service.api.http.documented_headers import REQUEST, RESPONSE
from datastore_service.api.http.problems import Problem
from datastore_service.library_internals.starlette import CORSMiddleware

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_TAKEN: Final = (
    *REQUEST,
    "Cache-Control",
    "Content-Encoding",
    "If-Modified-Since",
    "If-Unmodified-Since",
    "Pragma",
)
"""The documented request headers, and those that browsers and HTTP libraries add."""
_SECONDS_A_PREFLIGHT_HOLDS: Final = 600
_ASKED_HEADERS: Final = "access-control-request-headers"


class Cors(CORSMiddleware):
    """Starlette's middleware with the methods and headers of this service; its refusals are problem documents."""

    def __init__(self, app: ASGIApp, origins: Collection[str], headers: Collection[str] = ()) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=(*_TAKEN, *headers),
            # A named page on the Internet may use a service on the user's own machine.
            allow_private_network=True,
            expose_headers=tuple(RESPONSE),
            max_age=_SECONDS_A_PREFLIGHT_HOLDS,
        )

    @override
    def preflight_response(self, request_headers: Headers) -> Response:
        names = [name.strip() for name in request_headers.get(_ASKED_HEADERS, "").split(",")]
        asked = [name for name in names if name]
        # Starlette would read an empty list, or an empty member of one, as a header without a name.
        others = [(name, value) for name, value in request_headers.raw if name != _ASKED_HEADERS.encode()]
        listed = [(_ASKED_HEADERS.encode(), ",".join(asked).encode("latin-1"))] if asked else []
        response = super().preflight_response(Headers(raw=[*others, *listed]))
        if response.status_code == HTTPStatus.OK:
            return response
        refusal = Problem("origin_not_allowed", self._fault(request_headers, asked)).to_response()
        refusal.headers["Vary"] = response.headers["Vary"]
        return refusal

    def _fault(self, request_headers: Headers, asked: Sequence[str]) -> str:
        origin, method = request_headers["origin"], request_headers["access-control-request-method"]
        if not self.is_allowed_origin(origin):
            return f"Pages of {origin!r} may not use this service; server.cors_origins can name the origins that may."
        if method not in self.allow_methods:
            return f"Pages may not use the method {method!r}; the allowed methods are {', '.join(_METHODS)}."
        refused = [name for name in asked if name.lower() not in self.allow_headers]
        return f"Pages may not send {', '.join(map(repr, refused))}; server.cors_headers can name more headers."
