"""What schemathesis does before each request: requests that have nothing to do with each other have different keys."""

import re
from typing import Any, cast
from uuid import uuid4

import schemathesis

_KEY = re.compile(r"""[!#-+\--~]{1,255}|"[ !#-\[\]-~]{1,255}\"""")


@schemathesis.hook  # pyright: ignore[reportUnknownMemberType] - it takes any function
def before_call(_context: schemathesis.HookContext, case: "schemathesis.Case[Any]", _arguments: dict[str, Any]) -> None:
    """Puts a new key in the place of one that is right; a wrong one is to be refused."""
    headers: dict[str, str] = cast("Any", case).headers
    for name, value in list(headers.items()):
        if name.lower() == "idempotency-key" and _KEY.fullmatch(value):
            headers[name] = uuid4().hex
