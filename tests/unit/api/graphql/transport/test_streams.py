"""Streams of GraphQL results, and those who leave them."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from typing import Any

from datastore_service.api.graphql.transport.streams import ResultStream


async def test_who_leaves_at_the_end_leaves_no_error_behind() -> None:
    ends = asyncio.Event()
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, complaint: complaints.append(complaint))

    async def results() -> AsyncGenerator[Any]:
        await ends.wait()
        return
        yield

    async def operation() -> Any:  # noqa: ANN401 - it stands for Strawberry's
        return results()

    chunks = ResultStream(operation(), 0.01, None, lambda: False).chunks()
    alive = [await anext(chunks), await anext(chunks)]
    ends.set()
    await asyncio.sleep(0.01)
    await chunks.aclose()
    del chunks
    gc.collect()
    await asyncio.sleep(0)
    asyncio.get_running_loop().set_exception_handler(None)

    assert (alive, complaints) == ([b":\n\n"] * 2, [])
