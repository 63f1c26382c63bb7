"""Posts messages to the receivers of webhooks."""

# ruff: noqa: PLC0415 - httpx2 takes a tenth of a second to import, and most services call no webhook

import asyncio
import ssl
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import Final, Self

from datastore_service.application.feed.webhook import WebhookRules
from datastore_service.application.ports.tracing import CallTracer

_AGENT: Final = f"datastore/{version('datastore-service')}"


class UntracedCalls:
    """Makes no spans."""

    @property
    def headers(self) -> Mapping[str, str]:
        return {}

    @contextmanager
    def call(self, _method: str, _url: str) -> Generator[Self]:
        yield self

    def answered(self, status: int) -> None:
        pass

    def failed(self, kind: str) -> None:
        pass


class HttpWebhookSender:
    """Follows no redirects, uses no proxy and reads only the status of a response: a receiver cannot lead elsewhere.

    Each message has its own connection, so a receiver cannot affect later messages.
    """

    def __init__(self, rules: WebhookRules, tracer: CallTracer) -> None:
        self._rules = rules
        self._tracer = tracer
        self._trust: ssl.SSLContext | None = None

    async def send(self, url: str, body: str, headers: Mapping[str, str]) -> str | None:
        import httpx2

        seconds = self._rules.timeout_seconds
        try:
            # The host as the client library parses it, because that one is called.
            host = httpx2.URL(url).raw_host.decode("ascii")
        except httpx2.InvalidURL as error:
            return _told(error)
        if not self._rules.allows(host):
            return f"{host} may not be called."
        with self._tracer.call("POST", url) as call:
            sent = {"Content-Type": "application/json", "User-Agent": _AGENT, **call.headers, **headers}
            try:
                # httpx2 limits each step; this limits them together, for receivers that take many small ones.
                async with (
                    asyncio.timeout(seconds),
                    httpx2.AsyncClient(timeout=seconds, trust_env=False, verify=self._trusted()) as client,
                    client.stream("POST", url, content=body.encode(), headers=sent) as answer,
                ):
                    call.answered(answer.status_code)
                    return None if answer.is_success else f"The receiver answers {answer.status_code}."
            except TimeoutError:
                call.failed("timeout")
                return f"The receiver did not answer within {seconds:g} seconds."
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                call.failed(type(error).__name__)
                return _told(error)

    def _trusted(self) -> ssl.SSLContext:
        """Returns the trusted certificates; read once, because that takes long."""
        import httpx2

        if self._trust is None:
            self._trust = httpx2.create_ssl_context(trust_env=False)
        return self._trust


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
