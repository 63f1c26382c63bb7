"""Large JSON texts are decoded in turn."""

import asyncio

from datastore_service.api.http.json_texts import decoded
from datastore_service.application.large_requests import LargeRequests
from datastore_service.config.loader import load_settings
from tests.patience import PATIENCE

LIMITS = load_settings([], {}).limits
LARGE = b'"' + b"x" * 200_000 + b'"'


async def test_a_large_text_waits_for_room_and_a_small_one_does_not() -> None:
    requests, read = LargeRequests(1), list[int]()

    async def read_large() -> None:
        with requests.working():
            read.append(len(str(await decoded(LARGE, LIMITS))))

    with requests.working():
        await decoded(LARGE, LIMITS)
        waiting = asyncio.create_task(read_large())
        with requests.working():
            assert await decoded(b"[1]", LIMITS) == [1]
        await asyncio.sleep(0.05)
        assert not read
    async with asyncio.timeout(PATIENCE):
        await waiting

    assert read == [200_000]
