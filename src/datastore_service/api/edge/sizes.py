"""Limits on the size of a request's head and of its announced body; other bodies are measured while they arrive."""

from collections.abc import Collection

from datastore_service.api.http.problems import Problem, too_large
from datastore_service.api.http.request_head import RequestHead
from datastore_service.config.settings import LimitSettings


class Sizes:
    """Checks the request target, the headers and the announced length of the body."""

    def __init__(self, limits: LimitSettings, *, streamed: Collection[str] = ()) -> None:
        self._limits = limits
        self._streamed = streamed

    def __call__(self, head: RequestHead) -> Problem | None:
        limits = self._limits
        if head.uri_bytes > limits.uri_bytes:
            return uri_too_long(limits)
        if head.header_bytes > limits.header_bytes:
            return headers_too_large(limits)
        announced = head.headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced) > limits.body_bytes and head.path not in self._streamed:
            return too_large(limits.body_bytes)
        return None


def uri_too_long(limits: LimitSettings) -> Problem:
    """Returns the problem of a request target that is too long."""
    return Problem("uri_too_long", f"The address, including its query string, is longer than {limits.uri_bytes} bytes.")


def headers_too_large(limits: LimitSettings) -> Problem:
    """Returns the problem of headers that are too large."""
    return Problem("headers_too_large", f"The headers are together larger than {limits.header_bytes} bytes.")
