"""Webhooks: on the fakes and on PostgreSQL, with receivers that tests can rely on."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from datastore_service.application.errors import WebhookNotFound
from datastore_service.application.feed.ports.webhooks import WebhookSender
from datastore_service.application.feed.start_position import Edge
from datastore_service.application.feed.use_cases.delete_webhook import DeleteWebhook
from datastore_service.application.feed.use_cases.get_webhook import GetWebhook
from datastore_service.application.feed.use_cases.list_dead_letters import ListDeadLetters
from datastore_service.application.feed.use_cases.list_webhooks import ListWebhooks
from datastore_service.application.feed.use_cases.measure_webhooks import MeasureWebhooks, WebhookBacklog
from datastore_service.application.feed.use_cases.patch_webhook import PatchWebhook
from datastore_service.application.feed.use_cases.put_webhook import PutWebhook
from datastore_service.application.feed.use_cases.replay_dead_letters import ReplayDeadLetters
from datastore_service.application.feed.webhook import WebhookRules
from datastore_service.application.limits import Limits
from datastore_service.application.messages import Message
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.purge_tombstones import PurgeTombstones
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.bootstrap import Application, build_application
from datastore_service.domain.errors import InvalidValue, PreconditionFailed
from datastore_service.domain.preconditions import Precondition
from datastore_service.infrastructure.database.engine.pools import Engines
from tests.fakes.application import in_memory_application
from tests.fakes.webhooks import Receivers
from tests.patience import PATIENCE
from tests.webhook_signatures import is_signed

URL = "http://localhost:9000/hook"
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"  # noqa: S105 - of no receiver
RULES = WebhookRules(allowed_hosts=("localhost",), first_delay_seconds=0.01, most_failures=3)


@pytest.fixture
def receivers() -> Receivers:
    return Receivers()


@pytest.fixture
async def in_memory(receivers: Receivers) -> AsyncGenerator[Application]:
    application = in_memory_application({WebhookSender: receivers}, rules=RULES)
    yield application
    await application.webhooks.close()
    await application.changes.close()


@pytest.fixture
async def on_postgresql(engines: Engines, receivers: Receivers) -> AsyncGenerator[Application]:
    application = build_application(engines, Limits(), {WebhookSender: receivers}, rules=RULES)
    yield application
    await application.webhooks.close()
    await application.changes.close()


@pytest.fixture(params=["in_memory", "on_postgresql"])
def service(request: pytest.FixtureRequest) -> Application:
    return request.getfixturevalue(request.param)


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not done():  # noqa: ASYNC110 - what is waited for rings no bell
            await asyncio.sleep(0.01)


async def until_sent[R](service: Application, message: Message[R], is_right: Callable[[R], bool]) -> R:
    """Sends a message until its result is what is waited for."""
    async with asyncio.timeout(PATIENCE):
        while not is_right(result := await service.mediator.send(message)):  # noqa: ASYNC110 - it rings no bell
            await asyncio.sleep(0.01)
    return result


def told(receivers: Receivers) -> list[Any]:
    return [json.loads(body)["data"]["payload"] for _, body, _ in receivers.taken]


async def test_a_receiver_is_told_of_each_change_in_order(service: Application, receivers: Receivers) -> None:
    await service.mediator.send(PutWebhook(name="mails", url=URL))
    made = await service.mediator.send(CreateRecord(payload=0))
    for number in range(1, 4):
        await service.mediator.send(ReplaceRecord(id=made.id, payload=number))
    service.webhooks.start()
    await until(lambda: len(receivers.taken) >= 4)

    assert told(receivers) == [0, 1, 2, 3]
    assert [headers["webhook-id"].rpartition(".")[0] for _, _, headers in receivers.taken] == [
        f"{made.id}.{version}" for version in range(1, 5)
    ]


async def test_it_may_be_of_one_collection_and_from_the_beginning(service: Application, receivers: Receivers) -> None:
    for collection in ("a", "b", "a"):
        await service.mediator.send(CreateRecord(payload=collection, collection=collection))
    await service.mediator.send(PutWebhook(name="mails", url=URL, collection="a", since=Edge.BEGINNING))
    service.webhooks.start()
    await until(lambda: len(receivers.taken) >= 2)

    assert told(receivers) == ["a", "a"]


async def test_a_failure_is_tried_again_before_what_comes_after(service: Application, receivers: Receivers) -> None:
    receivers.refusals[URL] = 2
    await service.mediator.send(PutWebhook(name="mails", url=URL))
    for number in range(3):
        await service.mediator.send(CreateRecord(payload=number))
    service.webhooks.start()
    await until(lambda: len(receivers.taken) >= 3)

    assert told(receivers) == [0, 1, 2]
    assert await service.mediator.send(ListDeadLetters(webhook="mails", limit=10)) == []


async def test_what_is_given_up_is_kept_and_can_be_replayed(service: Application, receivers: Receivers) -> None:
    receivers.refusals[URL] = 3
    await service.mediator.send(PutWebhook(name="mails", url=URL))
    for number in range(2):
        await service.mediator.send(CreateRecord(payload=number))
    service.webhooks.start()
    await until(lambda: told(receivers) == [1])
    (letter,) = await service.mediator.send(ListDeadLetters(webhook="mails", limit=10))
    none = await service.mediator.send(ReplayDeadLetters(webhook="mails", id=uuid4()))
    count = await service.mediator.send(ReplayDeadLetters(webhook="mails"))
    await until(lambda: len(receivers.taken) == 2)

    assert (letter.failures, letter.error) == (3, "The receiver answers 500.")
    assert json.loads(letter.body)["data"]["payload"] == 0
    assert (none, count, told(receivers)) == (0, 1, [1, 0])
    assert receivers.taken[1][2]["webhook-id"] == letter.message_id


async def test_a_change_leaves_its_place_and_its_secret(service: Application) -> None:
    made = await service.mediator.send(PutWebhook(name="mails", url=URL, since=Edge.BEGINNING))
    await service.mediator.send(CreateRecord(payload=1))
    changed = await service.mediator.send(PutWebhook(name="mails", url=f"{URL}/2", enabled=False))
    read = await service.mediator.send(GetWebhook(name="mails"))
    moved = await service.mediator.send(PutWebhook(name="mails", url=URL, since=Edge.NOW))

    assert (made.created, made.made_secret, changed.created, changed.made_secret) == (True, True, False, False)
    assert read == changed.webhook
    assert (read.url, read.enabled, read.secret) == (f"{URL}/2", False, made.webhook.secret)
    assert read.position == made.webhook.position
    assert moved.webhook.position != made.webhook.position


async def test_one_that_is_switched_off_is_told_later(service: Application, receivers: Receivers) -> None:
    await service.mediator.send(PutWebhook(name="mails", url=URL, enabled=False))
    await service.mediator.send(CreateRecord(payload=1))
    await service.webhooks.look()
    await asyncio.sleep(0.1)
    before = told(receivers)
    await service.mediator.send(PutWebhook(name="mails", url=URL))
    await service.webhooks.look()
    await until(lambda: len(receivers.taken) >= 1)

    assert (before, told(receivers)) == ([], [1])


async def test_what_they_have_still_to_be_told_is_measured(service: Application, receivers: Receivers) -> None:
    receivers.refusals[URL] = 3
    await service.mediator.send(PutWebhook(name="given-up", url=URL, collection="mine"))
    await service.mediator.send(PutWebhook(name="off", url=f"{URL}/off", enabled=False))
    for collection in ("mine", "other", "mine"):
        await service.mediator.send(CreateRecord(payload=1, collection=collection))
    before = await service.mediator.send(MeasureWebhooks())
    service.webhooks.start()
    await until(lambda: len(receivers.taken) == 1)
    after = await until_sent(service, MeasureWebhooks(), lambda backlog: backlog.lag_changes == 0)

    assert (before.webhooks, before.lag_changes, before.dead_letters) == (1, 2, 0)
    assert before.lag_seconds > 0
    assert after == WebhookBacklog(webhooks=1, lag_changes=0, lag_seconds=0, dead_letters=1)


async def test_they_are_listed_by_name_and_forgotten(service: Application) -> None:
    for name in ("b", "a", "B"):
        await service.mediator.send(PutWebhook(name=name, url=URL))
    await service.mediator.send(DeleteWebhook(name="b"))

    assert [webhook.name for webhook in await service.mediator.send(ListWebhooks())] == ["B", "a"]


@pytest.mark.parametrize("name", ["none", "\0"])
async def test_one_that_is_not_there_is_not_found(service: Application, name: str) -> None:
    messages: list[Message[Any]] = [
        GetWebhook(name=name),
        DeleteWebhook(name=name),
        ReplayDeadLetters(webhook=name),
        ListDeadLetters(webhook=name, limit=1),
    ]
    for message in messages:
        with pytest.raises(WebhookNotFound):
            await service.mediator.send(message)


@pytest.mark.parametrize(
    ("message", "pointer"),
    [
        (PutWebhook(name="no name", url=URL), "/name"),
        (PutWebhook(name="a", url="ftp://localhost"), "/url"),
        (PutWebhook(name="a", url="http://localhost:99999"), "/url"),
        (PutWebhook(name="a", url="http://[localhost"), "/url"),
        (PutWebhook(name="a", url="http://user@localhost"), "/url"),
        (PutWebhook(name="a", url="http://localhost/ä"), "/url"),
        (PutWebhook(name="a", url="http://example.com"), "/url"),
        (PutWebhook(name="a", url=URL, secret="whsec_c2hvcnQ="), "/secret"),  # noqa: S106 - too short a one
    ],
)
async def test_what_is_no_webhook_is_refused(service: Application, message: PutWebhook, pointer: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        await service.mediator.send(message)

    assert refused.value.pointer == pointer


async def test_a_webhook_is_written_only_as_it_is_expected_to_be(service: Application) -> None:
    put, delete = partial(PutWebhook, name="mails", url=URL), partial(DeleteWebhook, name="mails")
    new, old = Precondition(none_match="*"), Precondition(match=frozenset({1}))
    with pytest.raises(PreconditionFailed):
        await service.mediator.send(put(precondition=Precondition(match="*")))
    first = (await service.mediator.send(put(precondition=new))).webhook.version
    for unexpected in (new, old):
        with pytest.raises(PreconditionFailed):
            await service.mediator.send(put(precondition=unexpected))
    seen = Precondition(match=frozenset({first}))
    moved = await service.mediator.send(put(enabled=False, precondition=seen))
    for message in (put(precondition=seen), delete(precondition=seen)):
        with pytest.raises(PreconditionFailed) as refusal:
            await service.mediator.send(message)
        assert refusal.value.current_version == moved.webhook.version != first

    await service.mediator.send(delete(precondition=Precondition(match=frozenset({moved.webhook.version}))))
    assert await service.mediator.send(ListWebhooks()) == []


async def test_of_many_who_change_a_webhook_that_they_have_seen_one_does(service: Application) -> None:
    made = await service.mediator.send(PutWebhook(name="mails", url=URL))
    seen = Precondition(match=frozenset({made.webhook.version}))

    changes = [
        service.mediator.send(PutWebhook(name="mails", url=URL, enabled=False, precondition=seen)) for _ in range(8)
    ]
    outcomes = await asyncio.gather(*changes, return_exceptions=True)

    assert sum(isinstance(outcome, PreconditionFailed) for outcome in outcomes) == 7


async def test_a_patch_leaves_what_it_does_not_name(service: Application) -> None:
    send = service.mediator.send
    made = (await send(PutWebhook(name="a", url=URL, collection="people", since=Edge.BEGINNING))).webhook

    disabled = await send(PatchWebhook(name="a", enabled=False))
    enabled = await send(PatchWebhook(name="a", enabled=True))
    moved = await send(PatchWebhook(name="a", url=f"{URL}/other", since=Edge.NOW))
    widened = await send(PatchWebhook(name="a", collection=None))
    narrowed = await send(PatchWebhook(name="a", collection="pets", secret=SECRET))

    assert (disabled.enabled, disabled.collection, disabled.url, disabled.secret) == (False, "people", URL, made.secret)
    assert (enabled.enabled, enabled.collection, enabled.position) == (True, "people", made.position)
    assert (moved.url, moved.collection, moved.position == made.position) == (f"{URL}/other", "people", False)
    assert (widened.collection, widened.url, widened.secret) == (None, f"{URL}/other", made.secret)
    assert (narrowed.collection, narrowed.secret) == ("pets", SECRET)
    assert (await send(GetWebhook(name="a"))) == narrowed
    assert len({each.version for each in (made, disabled, enabled, moved, widened, narrowed)}) == 6


@pytest.mark.parametrize(
    ("patch", "error"),
    [
        (PatchWebhook(name="b", enabled=False), WebhookNotFound),
        (PatchWebhook(name="\ud800", enabled=False), WebhookNotFound),
        (PatchWebhook(name="a", url="http://example.com"), InvalidValue),
        (PatchWebhook(name="a", secret="short"), InvalidValue),  # noqa: S106 - of no receiver
        (PatchWebhook(name="a", collection="a/b"), InvalidValue),
        (PatchWebhook(name="a", enabled=False, precondition=Precondition(match=frozenset({1}))), PreconditionFailed),
    ],
)
async def test_a_patch_of_a_webhook_that_cannot_be_is_refused(
    service: Application, patch: PatchWebhook, error: type[Exception]
) -> None:
    made = (await service.mediator.send(PutWebhook(name="a", url=URL, collection="people"))).webhook

    with pytest.raises(error):
        await service.mediator.send(patch)

    assert await service.mediator.send(GetWebhook(name="a")) == made


CHANGES: dict[str, Message[Any]] = {
    "url": PutWebhook(name="mails", url=f"{URL}/new", collection="mine"),
    "secret": PutWebhook(name="mails", url=URL, collection="mine", secret=SECRET),
    "collection": PutWebhook(name="mails", url=URL, collection="other"),
    "disabled": PutWebhook(name="mails", url=URL, collection="mine", enabled=False),
    "deleted": DeleteWebhook(name="mails"),
}


def ways(receivers: Receivers, secrets: Mapping[str, str]) -> list[tuple[str, str, Any]]:
    """Returns for each message its address, whose signature it has, and the payload."""
    return [
        (url, name, json.loads(body)["data"]["payload"])
        for url, body, headers in receivers.taken
        for name, secret in secrets.items()
        if is_signed(headers, body, secret)
    ]


@pytest.mark.parametrize("change", CHANGES)
async def test_a_webhook_that_was_changed_is_never_told_as_it_was(
    service: Application, receivers: Receivers, change: str
) -> None:
    send = service.mediator.send
    made = await send(PutWebhook(name="mails", url=URL, collection="mine"))
    service.webhooks.start()
    await send(CreateRecord(payload="before", collection="mine"))
    await until(lambda: len(receivers.taken) == 1)
    # Until it is noted as delivered, a change of the webhook has it delivered again.
    while (await send(GetWebhook(name="mails"))).position == made.webhook.position:  # noqa: ASYNC110 - no bell tells it
        await asyncio.sleep(0.01)
    await send(CHANGES[change])
    for number in range(4):
        await send(CreateRecord(payload=number, collection="mine"))
        await send(CreateRecord(payload=number + 10, collection="other"))
    if change in {"disabled", "deleted"}:
        await asyncio.sleep(0.5)
        assert len(receivers.taken) == 1
        await send(PutWebhook(name="mails", url=f"{URL}/new", collection="mine", secret=SECRET))
        await send(CreateRecord(payload="after", collection="mine"))
        await until(lambda: "after" in told(receivers))
    await until(lambda: change == "deleted" or len(receivers.taken) >= 5)

    url = URL if change in {"secret", "collection"} else f"{URL}/new"
    secret = "old" if change in {"url", "collection"} else "new"
    payloads = {"collection": [*range(10, 14)], "disabled": [*range(4), "after"], "deleted": ["after"]}
    expected = [(url, secret, payload) for payload in payloads.get(change, [*range(4)])]
    assert ways(receivers, {"old": made.webhook.secret, "new": SECRET}) == [(URL, "old", "before"), *expected]


class Held(Receivers):
    """Holds each message until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived = asyncio.Event()
        self.let_go = asyncio.Event()

    async def send(self, url: str, body: str, headers: Mapping[str, str]) -> str | None:
        self.arrived.set()
        await self.let_go.wait()
        return await super().send(url, body, headers)


@pytest.fixture
def held_receivers() -> Held:
    return Held()


@pytest.fixture
async def held_in_memory(held_receivers: Held) -> AsyncGenerator[Application]:
    application = in_memory_application({WebhookSender: held_receivers}, rules=RULES)
    yield application
    await application.webhooks.close()
    await application.changes.close()


@pytest.fixture
async def held_on_postgresql(engines: Engines, held_receivers: Held) -> AsyncGenerator[Application]:
    application = build_application(engines, Limits(), {WebhookSender: held_receivers}, rules=RULES)
    yield application
    await application.webhooks.close()
    await application.changes.close()


@pytest.fixture(params=["held_in_memory", "held_on_postgresql"])
def holding(request: pytest.FixtureRequest) -> Application:
    return request.getfixturevalue(request.param)


async def test_what_is_on_its_way_during_a_change_comes_to_the_new_address_too(
    holding: Application, held_receivers: Held
) -> None:
    service, receivers = holding, held_receivers
    await service.mediator.send(PutWebhook(name="mails", url=URL))
    await service.webhooks.look()
    for number in range(3):
        await service.mediator.send(CreateRecord(payload=number))
    await receivers.arrived.wait()
    await service.mediator.send(PutWebhook(name="mails", url=f"{URL}/new"))
    receivers.let_go.set()
    await until(lambda: len(receivers.taken) == 1)
    service.webhooks.start()
    await until(lambda: len(receivers.taken) == 4)

    assert [(url, payload) for (url, _, _), payload in zip(receivers.taken, told(receivers), strict=True)] == [
        (URL, 0),
        *((f"{URL}/new", number) for number in range(3)),
    ]


async def test_what_waits_to_be_tried_again_is_not_tried_as_it_was(service: Application, receivers: Receivers) -> None:
    receivers.refusals[URL] = 1000
    await service.mediator.send(PutWebhook(name="mails", url=URL))
    await service.mediator.send(CreateRecord(payload=0))
    service.webhooks.start()
    await until(lambda: receivers.refusals[URL] < 1000)
    await service.mediator.send(PutWebhook(name="mails", url=f"{URL}/new", since=Edge.BEGINNING))
    refused = receivers.refusals[URL]
    await until(lambda: len(receivers.taken) == 1)

    assert receivers.refusals[URL] >= refused - 1
    assert [url for url, _, _ in receivers.taken] == [f"{URL}/new"]


async def test_a_dead_letter_is_not_replayed_to_an_address_that_was_left(
    service: Application, receivers: Receivers
) -> None:
    receivers.refusals[URL] = 3
    await service.mediator.send(PutWebhook(name="mails", url=URL))
    await service.mediator.send(CreateRecord(payload=0))
    service.webhooks.start()
    await until_sent(service, ListDeadLetters(webhook="mails", limit=1), lambda letters: len(letters) == 1)
    await service.mediator.send(PutWebhook(name="mails", url=f"{URL}/new"))
    await service.mediator.send(ReplayDeadLetters(webhook="mails"))
    await until(lambda: len(receivers.taken) == 1)
    await until_sent(service, ListDeadLetters(webhook="mails", limit=1), lambda letters: not letters)

    assert [(url, json.loads(body)["data"]["payload"]) for url, body, _ in receivers.taken] == [(f"{URL}/new", 0)]


async def test_a_version_that_comes_again_after_a_purge_has_another_id(
    service: Application, receivers: Receivers
) -> None:
    made = await service.mediator.send(CreateRecord(payload=0))
    await service.mediator.send(PutWebhook(name="mails", url=URL, since=Edge.BEGINNING))
    await service.mediator.send(DeleteRecord(id=made.id))
    service.webhooks.start()
    await until(lambda: len(receivers.taken) == 2)
    await until_sent(service, MeasureWebhooks(), lambda backlog: backlog.lag_changes == 0)
    future = datetime.now(UTC) + timedelta(days=100_000)
    assert await service.mediator.send(PurgeTombstones(deleted_before=future, limit=10)) == 1
    await service.mediator.send(ReplaceRecord(id=made.id, collection="default", payload=1))
    await until(lambda: len(receivers.taken) == 3)

    ids = [headers["webhook-id"] for _, _, headers in receivers.taken]
    assert [each.split(".")[:2] for each in ids] == [[str(made.id), version] for version in ("1", "2", "1")]
    assert len({*ids}) == 3
