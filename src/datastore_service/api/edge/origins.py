"""The web pages that may use the service from a browser: its own, and those that the settings name."""

from collections.abc import Collection
from typing import Final

from datastore_service.api.http.problems import Problem
from datastore_service.api.http.request_head import RequestHead

# A page cannot set these values: `none` is the user's own navigation, `same-origin` a page of the service.
_OWN_SITES: Final = {"none", "same-origin"}
_OF_BROWSERS: Final = (b"sec-fetch-site", b"origin")


class Origins:
    """Checks the headers in which a browser tells where a request comes from; other clients do not send them.

    Pages of other origins may link to the service, and nothing else: no form, image, frame, fetch or WebSocket.
    """

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = frozenset(allowed)

    def __call__(self, head: RequestHead) -> Problem | None:
        if head.headers.keys().isdisjoint(_OF_BROWSERS):
            return None
        site, origin = head.get(b"sec-fetch-site"), head.get(b"origin")
        if origin is None:
            welcome = site is None or site in _OWN_SITES or _follows_a_link(head)
        else:
            welcome = site in _OWN_SITES or origin.lower() in self._allowed or _is_own(origin, head)
        if welcome:
            return None
        page = "another site" if origin is None else repr(origin)
        return Problem(
            "origin_not_allowed",
            f"Pages of {page} may not use this service; server.cors_origins can name the origins that may.",
        )


def _is_own(origin: str, head: RequestHead) -> bool:
    """Compares host and port; the scheme may differ if a proxy speaks TLS for the service."""
    _, separator, place = origin.lower().partition("://")
    return bool(separator) and place == (head.get(b"host") or "").lower()


def _follows_a_link(head: RequestHead) -> bool:
    return (
        head.method in {"GET", "HEAD"}
        and head.get(b"sec-fetch-mode") == "navigate"
        and head.get(b"sec-fetch-dest") == "document"
    )
