"""The id by which a request is found again: in its answer, in the log, in what else the service writes of it."""

import re
from typing import Final

from starlette.types import Scope
from uuid_utils import uuid7

HEADER: Final = b"x-request-id"
_ID: Final = re.compile(rb"[A-Za-z0-9._:@/+=-]{1,128}")


def new_correlation_id() -> str:
    """Makes an id; ids sort by the time at which they were made."""
    return str(uuid7())


def identify(scope: Scope) -> str:
    """Gives a request the id that it brings as X-Request-Id, or a new one, and keeps it in the scope's state."""
    given = next((value for name, value in scope["headers"] if name == HEADER), b"")
    correlation_id = given.decode("ascii") if _ID.fullmatch(given) else new_correlation_id()
    scope.setdefault("state", {})["correlation_id"] = correlation_id
    return correlation_id
