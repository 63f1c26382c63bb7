"""Server-Sent Events (HTML Living Standard, section 9.2): responses that last."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final, override

import orjson
from fastapi import Response
from starlette.types import Receive, Scope, Send

from datastore_service.api.http.changes import change_members
from datastore_service.api.http.problems import problem_of
from datastore_service.application.errors import CursorExpired
from datastore_service.application.feed.change import LogEntry
from datastore_service.application.feed.subscription import Subscription

EVENT_STREAM: Final = "text/event-stream"

_MILLISECONDS_TO_RECONNECT: Final = 1000
_AT_ONCE: Final = 100
"""The number of changes that are written with one call."""


class LastingResponse(Response):
    """A response whose body is written while it is produced, until it ends or the client leaves."""

    media_type = EVENT_STREAM
    headers_of_streams: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

    def __init__(self) -> None:
        super().__init__(headers=dict(self.headers_of_streams))
        del self.headers["content-length"]

    def chunks(self) -> AsyncGenerator[bytes]:
        """Yields the parts of the body; the first comes at once."""
        raise NotImplementedError

    def leave(self) -> None:
        """Is called at the end, whatever the reason."""

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        lasting = asyncio.timeout(None)

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            lasting.reschedule(asyncio.get_running_loop().time())

        watching = asyncio.create_task(watch())
        try:
            async with lasting:
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                async with aclosing(self.chunks()) as chunks:
                    async for chunk in chunks:
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            if not lasting.expired():
                raise
        finally:
            self.leave()
            watching.cancel()


class ChangeStream(LastingResponse):
    """The changes of a subscription, each with its cursor as the id of its event."""

    def __init__(self, subscription: Subscription, heartbeat_seconds: float) -> None:
        super().__init__()
        self._subscription = subscription
        self._heartbeat_seconds = heartbeat_seconds

    @override
    def leave(self) -> None:
        self._subscription.leave()

    @override
    async def chunks(self) -> AsyncGenerator[bytes]:
        """Yields the changes, and a keep-alive comment if there are none.

        Every part tells how far the log has been read, so a client that reconnects can continue from there even if it
        has
        received no change.
        """
        subscription = self._subscription
        yield b"retry: %d\nid: %s\n\n" % (_MILLISECONDS_TO_RECONNECT, _cursor(subscription))
        while not subscription.ended:
            in_snapshot = subscription.position.after is not None
            try:
                entries = await subscription.next(_AT_ONCE, self._heartbeat_seconds)
            except CursorExpired as error:
                yield _event("end", orjson.dumps(problem_of(error).to_dict()))
                return
            # While a part is being sent, only that part is held.
            yield _part(entries, subscription, ends_snapshot=in_snapshot and subscription.position.after is None)
            del entries
        reason = b"The right to follow has ended." if subscription.expired else b"The service stops."
        yield _event("end", b'{"reason":"%b"}' % reason, _cursor(subscription))


def _part(entries: Sequence[LogEntry], subscription: Subscription, *, ends_snapshot: bool) -> bytes:
    parts = [_change(entry) for entry in entries] or [b":\n"]
    if ends_snapshot:
        parts.append(_event("snapshot-end", b"{}", _cursor(subscription)))
    elif not entries:
        parts.append(b"id: %s\n\n" % _cursor(subscription))
    return b"".join(parts)


def _cursor(subscription: Subscription) -> bytes:
    return str(subscription.position).encode("ascii")


def _change(entry: LogEntry) -> bytes:
    return b"id: %s\ndata: %s\n\n" % (str(entry.position).encode("ascii"), orjson.dumps(change_members(entry)))


def _event(name: str, data: bytes, cursor: bytes | None = None) -> bytes:
    known = b"id: %s\n" % cursor if cursor else b""
    return b"event: %s\n%sdata: %s\n\n" % (name.encode("ascii"), known, data)
