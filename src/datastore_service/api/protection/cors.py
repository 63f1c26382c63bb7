"""CORS, for the origins that the settings name; without one, browsers let no page elsewhere read an answer."""

from collections.abc import Collection
from http import HTTPStatus
from typing import Final, override

from fastapi import Response
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from datastore_service.api.problems import Problem

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_TAKEN: Final = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "Prefer",
    "traceparent",
    "tracestate",
    "X-Request-Id",
)
_SHOWN: Final = (
    "Accept-Patch",
    "Allow",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "Preference-Applied",
    "Retry-After",
    "X-Request-Id",
)
_SECONDS_A_PREFLIGHT_HOLDS: Final = 600


class Cors(CORSMiddleware):
    """Starlette's, with what this service takes and shows; its refusals are problem documents."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=_TAKEN,
            # A page on the Internet that is named may reach a service on the user's own machine.
            allow_private_network=True,
            expose_headers=_SHOWN,
            max_age=_SECONDS_A_PREFLIGHT_HOLDS,
        )

    @override
    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code == HTTPStatus.OK:
            return response
        problem = Problem("origin_not_allowed", f"{bytes(response.body).decode()}.")
        refusal = problem.to_response()
        refusal.headers["Vary"] = response.headers["Vary"]
        return refusal
