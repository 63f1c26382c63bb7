"""Traces of calls of other services."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol


class TracedCall(Protocol):
    """A call of another service while it lasts."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What is sent with it so that it belongs to the trace (W3C Trace Context)."""
        ...

    def answered(self, status: int) -> None:
        """Notes the status of the answer."""
        ...

    def failed(self, kind: str) -> None:
        """Notes that there is no answer, and the kind of error, of which there are few."""
        ...


class CallTracer(Protocol):
    """Makes a span of each call of another service."""

    def call(self, method: str, url: str, /) -> AbstractContextManager[TracedCall]:
        """Begins a span that ends with the context. Of the URL, the query is not told: it may hold secrets."""
        ...
