"""The Prefer header (RFC 7240)."""

import re
from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response

from datastore_service.api.http.request_head import RequestHead

_NAME: Final = r"[\w!#$%&'*+.^`|~-]+"
_VALUE: Final = r'"(?:[^"\\]|\\.)*"|[^\s,;"]*'
_PREFERENCE: Final = re.compile(rf"\s*({_NAME})\s*(?:=\s*({_VALUE}))?\s*(?:;[^,]*)?(?:,|$)")
_HONOURED: Final = {"return": ("minimal", "representation"), "handling": ("strict", "lenient"), "explain": ("",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """A client's preferences; if one is given twice, the first counts.

    Attributes:
        minimal: Leave out of the response what the client knows.
        explain: Name the indexes that the queries of the request lack.
        lenient: Ignore unknown members and parameters.
        applied: The preferences that are applied, for Preference-Applied.
    """

    minimal: bool = False
    lenient: bool = False
    explain: bool = False
    applied: str = ""

    def note(self, response: Response) -> Response:
        """Names in a response the preferences that it follows."""
        if self.applied:
            response.headers["Preference-Applied"] = self.applied
            response.headers.add_vary_header("Prefer")
        return response


_NONE: Final = Preferences()


def preferences(request: Request) -> Preferences:
    """Reads the header; malformed and unknown preferences are ignored, as the RFC demands."""
    given = RequestHead.of(request.scope).get(b"prefer")
    if given is None:
        return _NONE
    found: dict[str, str] = {}
    for name, value in _PREFERENCE.findall(given):
        found.setdefault(name.lower(), value.strip('"').lower())
    honoured = {name: value for name, value in found.items() if value in _HONOURED.get(name, ())}
    return Preferences(
        minimal=honoured.get("return") == "minimal",
        lenient=honoured.get("handling") == "lenient",
        explain="explain" in honoured,
        applied=", ".join(f"{name}={value}" if value else name for name, value in honoured.items()),
    )
