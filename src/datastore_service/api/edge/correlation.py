"""The ids that connect a request with its response, its log lines and what else the service writes about it."""

import re
from typing import Final

from starlette.types import Scope
from uuid_utils import uuid7

from datastore_service.api.http.request_head import RequestHead
from datastore_service.config import logs

HEADER: Final = b"x-request-id"
_CORRELATION: Final = b"x-correlation-id"
_ID: Final = re.compile(rb"[A-Za-z0-9._:@/+=-]{1,128}")


def new_correlation_id() -> str:
    """Makes an id; ids sort by the time of their creation."""
    return str(uuid7())


def identify(scope: Scope) -> str:
    """Sets a request's id, from X-Request-Id or a new one, and returns it.

    X-Correlation-Id may name the operation that the request is a part of; without it, that is the request's own id. The
    scope's state keeps the correlation id, and all later log lines have both ids.
    """
    head = RequestHead.of(scope)
    request_id = _given(head, HEADER) or new_correlation_id()
    correlation_id = _given(head, _CORRELATION) or request_id
    scope.setdefault("state", {})["correlation_id"] = correlation_id
    logs.bind(request_id=request_id, correlation_id=correlation_id)
    return request_id


def _given(head: RequestHead, name: bytes) -> str | None:
    value = head.headers.get(name)
    return value.decode("ascii") if value is not None and _ID.fullmatch(value) else None
