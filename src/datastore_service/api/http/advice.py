"""Advice on missing indexes, in responses to requests that prefer it (adr/0037)."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request, Response

from datastore_service.api.http.preferences import preferences
from datastore_service.application.advice import Advice

HEADER: Final = "Datastore-Advice"
_PRINTABLE: Final = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")


def wanted_advice(request: Request) -> list[Advice] | None:
    """Returns the list that advice is appended to, or None if the request does not want advice."""
    always: bool = request.app.state.settings.advice.always_advise
    return [] if always or preferences(request).explain else None


def advised(request: Request, response: Response) -> Response:
    """Adds the advice to a response: one item of a structured list (RFC 9651) for each missing index."""
    found: Sequence[Advice] | None = request.scope.get("state", {}).get("advice")
    if found:
        response.headers[HEADER] = ", ".join(
            # The command can be pasted as it is: it contains no character that the header would have to escape.
            f'unindexed;path={_text(one.path)};command="{one.command}"'
            for one in found
        )
    return response


def advice_members(found: Sequence[Advice]) -> list[dict[str, Any]]:
    """Returns the advice for the extensions of a GraphQL response."""
    return [{"collection": one.collection, "path": one.path, "command": one.command} for one in found]


def _text(value: str) -> str:
    """Returns a string of a structured field; characters outside ASCII are percent-encoded."""
    escaped = quote(value, safe=_PRINTABLE).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
