"""What the limit lets through, and what it refuses."""

import pytest

from datastore_service.application.mediator import Mediator
from datastore_service.application.request_context import Actor, RequestContext
from datastore_service.application.write.commands.create_record import CreateRecord
from docs.examples.rate_limits.limits import RateLimited
from docs.examples.rate_limits.tests.conftest import Seconds

ADA, BOB = (RequestContext(actor=Actor(id=name)) for name in ("ada", "bob"))


async def test_refuses_what_comes_after_the_burst_until_time_has_passed(mediator: Mediator, seconds: Seconds) -> None:
    for number in range(3):
        await mediator.send(CreateRecord(payload=number), ADA)

    with pytest.raises(RateLimited, match="ada has sent too many messages") as refusal:
        await mediator.send(CreateRecord(payload=3), ADA)
    await mediator.send(CreateRecord(payload=3), BOB)
    seconds.now += refusal.value.retry_after

    assert refusal.value.retry_after == 0.5
    await mediator.send(CreateRecord(payload=3), ADA)
