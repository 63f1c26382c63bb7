"""Advice in answers, to those who prefer it (adr/0038)."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request, Response

from datastore_service.api.http.preferences import preferences
from datastore_service.application.advice import Advice

HEADER: Final = "Datastore-Advice"
_PRINTABLE: Final = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")


def wanted_advice(request: Request) -> list[Advice] | None:
    """Returns the list that advice is appended to, or None if the request wants none."""
    always: bool = request.app.state.settings.advice.always_advise
    return [] if always or preferences(request).explain else None


def advised(request: Request, response: Response) -> Response:
    """Says in a response what there is to advise: one item of a structured list (RFC 9651) for each index."""
    found: Sequence[Advice] | None = request.scope.get("state", {}).get("advice")
    if found:
        response.headers[HEADER] = ", ".join(
            # The command is to be pasted as it stands, and has no sign in it that would have to be escaped.
            f'unindexed;path={_text(one.path)};command="{one.command}"'
            for one in found
        )
    return response


def advice_members(found: Sequence[Advice]) -> list[dict[str, Any]]:
    """Returns the same for the extensions of GraphQL."""
    return [{"collection": one.collection, "path": one.path, "command": one.command} for one in found]


def _text(value: str) -> str:
    """Returns a string of a structured field; what is not ASCII is percent-encoded."""
    escaped = quote(value, safe=_PRINTABLE).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
