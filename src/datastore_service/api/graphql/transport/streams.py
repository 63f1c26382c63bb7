"""GraphQL over Server-Sent Events in distinct connections mode (the graphql-sse protocol)."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import cast, override

from strawberry.types import ExecutionResult

from datastore_service.api.graphql.transport.answers import result_body
from datastore_service.api.http.event_stream import LastingResponse
from datastore_service.library_internals.strawberry import StreamResult


class ResultStream(LastingResponse):
    """The results of an operation: a `next` for each, and `complete` after the last.

    A stream that is cut off ends without `complete`; clients then reconnect.
    """

    def __init__(
        self,
        results: Awaitable[StreamResult],
        heartbeat_seconds: float,
        correlation_id: str | None,
        is_cut_short: Callable[[], bool],
    ) -> None:
        super().__init__()
        self._is_cut_short = is_cut_short
        self._results = results
        self._heartbeat_seconds = heartbeat_seconds
        self._correlation_id = correlation_id

    @override
    async def chunks(self) -> AsyncGenerator[bytes]:
        yield b":\n\n"
        async with aclosing(await self._results) as results:
            iterator = cast("AsyncIterator[ExecutionResult]", results)
            following: asyncio.Future[ExecutionResult] | None = None
            try:
                while True:
                    following = following or asyncio.ensure_future(anext(iterator))
                    await asyncio.wait([following], timeout=self._heartbeat_seconds)
                    if not following.done():
                        yield b":\n\n"
                        continue
                    try:
                        result = following.result()
                    except StopAsyncIteration:
                        break
                    following = None
                    yield b"event: next\ndata: %s\n\n" % result_body(result, self._correlation_id)
            finally:
                if following is not None:
                    # The task may have ended or failed just when the client left.
                    following.cancel()
                    await asyncio.gather(following, return_exceptions=True)
        if not self._is_cut_short():
            yield b"event: complete\ndata:\n\n"
