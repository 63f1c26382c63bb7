"""Consumers and webhooks that are made while a purge runs, which does not know them yet."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from datastore_service.application.feed.ports.changes import ChangeLog
from datastore_service.application.feed.ports.consumers import ConsumerStore
from datastore_service.application.feed.ports.webhooks import WebhookStore
from datastore_service.application.feed.start_position import Edge
from datastore_service.application.feed.use_cases.get_consumer import GetConsumer
from datastore_service.application.feed.use_cases.get_webhook import GetWebhook
from datastore_service.application.feed.use_cases.put_consumer import PutConsumer
from datastore_service.application.feed.use_cases.put_webhook import PutWebhook
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.position import Position
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.purge_tombstones import PurgeTombstones
from datastore_service.bootstrap import build_mediator
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.feed.consumers import SqlConsumerStore
from datastore_service.infrastructure.database.feed.log import SqlChangeLog
from datastore_service.infrastructure.database.feed.webhooks import SqlWebhookStore

type Before = Callable[[], Awaitable[None]]


class Meanwhile:
    """Lets something happen between the look at the end of the log and the making of the follower."""

    def __init__(self) -> None:
        self.do: Before | None = None

    async def happens(self) -> None:
        do, self.do = self.do, None
        if do is not None:
            await do()


@pytest.fixture
def meanwhile() -> Meanwhile:
    return Meanwhile()


@pytest.fixture
def log(engines: Engines) -> ChangeLog:
    return SqlChangeLog(engines.feed, engines.write, Limits())


@pytest.fixture
def mediator(engines: Engines, meanwhile: Meanwhile) -> Mediator:
    class Consumers(SqlConsumerStore):
        async def put(self, *args: Any, **named: Any) -> bool:  # noqa: ANN401 - the same as of the other
            await meanwhile.happens()
            return await super().put(*args, **named)

    class Webhooks(SqlWebhookStore):
        async def put(self, *args: Any, **named: Any) -> bool:  # noqa: ANN401 - the same as of the other
            await meanwhile.happens()
            return await super().put(*args, **named)

    adapters = {ConsumerStore: Consumers(engines.write), WebhookStore: Webhooks(engines.write)}
    return build_mediator(engines, Limits(), adapters)


@pytest.fixture
async def purged(mediator: Mediator, meanwhile: Meanwhile, log: ChangeLog) -> list[Position]:
    """Where the log ends once a deletion was purged, which happens in the meanwhile."""
    record = await mediator.send(CreateRecord(payload=1))
    ends: list[Position] = []

    async def delete_and_purge() -> None:
        await mediator.send(DeleteRecord(id=record.id))
        assert await mediator.send(PurgeTombstones(deleted_before=datetime(9999, 1, 1, tzinfo=UTC), limit=9)) == 1
        # So that the end of the log is one that no purge moves.
        await mediator.send(CreateRecord(payload=2))
        ends.append(await log.end())

    meanwhile.do = delete_and_purge
    return ends


async def test_a_new_consumer_begins_behind_what_was_purged(mediator: Mediator, purged: list[Position]) -> None:
    made = await mediator.send(PutConsumer(name="c", since=Edge.NOW))

    (end,) = purged
    assert made.created
    assert made.view.consumer.position == end
    assert (await mediator.send(GetConsumer(name="c"))).consumer == made.view.consumer


async def test_a_new_webhook_begins_behind_what_was_purged(mediator: Mediator, purged: list[Position]) -> None:
    made = await mediator.send(PutWebhook(name="w", url="http://localhost/w"))

    (end,) = purged
    assert made.created
    assert made.webhook.position == end
    assert await mediator.send(GetWebhook(name="w")) == made.webhook
