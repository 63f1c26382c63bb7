"""The schema follows the typed collections without a look for each request."""

import asyncio

from datastore_service.api.graphql.current_schema import CurrentSchema
from datastore_service.api.graphql.schema import Schemas
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.config.settings import Settings
from datastore_service.telemetry.metrics import Metrics
from tests.typed_examples import SetCollections, entry_of


class SlowCollections(SetCollections):
    """Collections whose number comes when the test says so."""

    def __init__(self) -> None:
        super().__init__(entry_of())
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.looks = 0

    async def number(self) -> int:
        self.looks += 1
        await self.may_answer.wait()
        return await super().number()


async def test_requests_that_wait_share_a_look_that_began_after_they_asked(settings: Settings) -> None:
    current = CurrentSchema(Schemas(settings.graphql, settings.limits, Metrics(), CursorSigner()), look_seconds=2)
    collections = SlowCollections()
    await current.start(collections)
    before = current.executable
    collections.may_answer.clear()
    first = asyncio.create_task(current.is_still(before))
    await asyncio.sleep(0)
    others = [asyncio.create_task(current.is_still(before)) for _ in range(20)]
    await asyncio.sleep(0)
    collections.set(entry_of())
    collections.may_answer.set()

    assert [await first, *[await other for other in others]] == [False] * 21
    assert collections.looks == 1 + 2
    await current.close()
