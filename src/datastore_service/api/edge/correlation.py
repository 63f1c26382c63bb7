"""The ids by which a request is found again: in its answer, in the log, in what else the service writes of it."""

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
    """Makes an id; ids sort by the time at which they were made."""
    return str(uuid7())


def identify(scope: Scope) -> str:
    """Gives a request the id that it brings as X-Request-Id, or a new one, and returns it.

    X-Correlation-Id may name what the request is a part of; else it is a part of nothing but itself. The scope's state
    keeps that id, and all that is logged from here on has both.
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
