"""A command that comes again under its key gets its first answer: on the fakes and on PostgreSQL."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from sqlalchemy import text

from datastore_service.application.errors import IdempotencyKeyInFlight, IdempotencyKeyReused
from datastore_service.application.feed.use_cases.delete_consumer import DeleteConsumer
from datastore_service.application.feed.use_cases.delete_webhook import DeleteWebhook
from datastore_service.application.feed.use_cases.list_consumers import ListConsumers
from datastore_service.application.feed.use_cases.list_webhooks import ListWebhooks
from datastore_service.application.feed.use_cases.put_consumer import PutConsumer
from datastore_service.application.feed.use_cases.put_webhook import PutWebhook
from datastore_service.application.feed.use_cases.replay_dead_letters import ReplayDeadLetters
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Command, Message
from datastore_service.application.ports.clock import Clock
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.request_context import Actor, IdempotencyKey, RequestContext, SendingIn
from datastore_service.application.views import RecordView
from datastore_service.application.write.behaviours.idempotency import Idempotency
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.ports.stored_responses import RepeatableRequest, StoredResponse
from datastore_service.application.write.ports.unit_of_work import UnitOfWork
from datastore_service.bootstrap import build_mediator
from datastore_service.domain.errors import InvalidValue, PreconditionFailed, RecordExists
from datastore_service.domain.preconditions import Precondition
from datastore_service.domain.records.content import GivenContent
from datastore_service.domain.records.patches import MergePatch
from datastore_service.domain.records.record import Record
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.write.repositories.stored_responses import SqlStoredResponses
from datastore_service.infrastructure.database.write.transaction import SqlTransactionFactory
from datastore_service.infrastructure.system import SystemClock, Uuid7Generator


async def sent(store: Mediator, command: Command[Any], key: str, actor: str = "ada") -> tuple[Any, bool]:
    """Sends a command under a key; returns what came of it, and whether that had come of it before."""
    idempotency_key = IdempotencyKey(key)
    try:
        outcome = await store.send(command, RequestContext(actor=Actor(id=actor), idempotency_key=idempotency_key))
    except Exception as error:  # noqa: BLE001 - it is compared
        outcome = (type(error), str(error), vars(error))
    return outcome, idempotency_key.replayed


async def count(store: Mediator) -> int:
    return len((await store.send(ListRecords(page=PageRequest(limit=100)))).items)


async def test_the_same_command_again_changes_nothing_and_gets_the_same_answer(store: Mediator) -> None:
    command = CreateRecord(payload={"a": [1, None, "☃"]}, tags=["t"])

    first, second = await sent(store, command, "k"), await sent(store, command, "k")

    assert first == (second[0], False)
    assert second[1]
    assert await count(store) == 1


async def test_members_in_another_order_are_the_same_command(store: Mediator) -> None:
    await sent(store, CreateRecord(payload={"a": 1, "b": 2}), "k")

    _, replayed = await sent(store, CreateRecord(payload={"b": 2, "a": 1}), "k")

    assert replayed


async def test_every_kind_of_result_comes_back_as_it_was(store: Mediator) -> None:
    record_id = uuid4()
    commands = [
        ReplaceRecord(id=record_id, payload=1),
        ReplaceRecord(id=record_id, payload=2, precondition=Precondition(match=frozenset({1, 7}))),
        PatchRecord(id=record_id, patch=MergePatch({"payload": None})),
        PatchRecord(id=record_id, patch=MergePatch({"payload": 3})),
        DeleteRecord(id=record_id),
    ]

    first = [await sent(store, command, f"k{number}") for number, command in enumerate(commands)]
    again = [await sent(store, command, f"k{number}") for number, command in enumerate(commands)]

    assert [answer for answer, _ in first] == [answer for answer, _ in again]
    assert {replayed for _, replayed in again} == {True}


async def test_so_do_those_of_consumers_and_webhooks(store: Mediator) -> None:
    commands = [
        PutConsumer(name="mails"),
        PutConsumer(name="mails", precondition=Precondition(none_match="*")),
        DeleteConsumer(name="mails"),
        PutWebhook(name="mails", url="http://localhost/"),
        ReplayDeadLetters(webhook="mails"),
        PutWebhook(name="mails", url="http://localhost/", precondition=Precondition(match=frozenset({1}))),
        DeleteWebhook(name="mails"),
    ]

    first = [await sent(store, command, f"k{number}") for number, command in enumerate(commands)]
    again = [await sent(store, command, f"k{number}") for number, command in enumerate(commands)]

    assert [answer for answer, _ in first] == [answer for answer, _ in again]
    assert {replayed for _, replayed in again} == {True}
    assert again[3][0].made_secret
    assert (await store.send(ListConsumers()), await store.send(ListWebhooks())) == ([], [])


async def test_a_refusal_is_an_answer_too(store: Mediator) -> None:
    record = await store.send(CreateRecord(payload=1))
    stale = ReplaceRecord(id=record.id, payload=2, precondition=Precondition(match=frozenset({2})))
    taken, unfit = CreateRecord(id=record.id, payload=1), CreateRecord(payload=1, collection="/")

    first = [await sent(store, command, f"k{number}") for number, command in enumerate((stale, taken, unfit))]
    await store.send(ReplaceRecord(id=record.id, payload="now at version 2"))
    again = [await sent(store, command, f"k{number}") for number, command in enumerate((stale, taken, unfit))]

    assert [outcome[0] for outcome, _ in first] == [PreconditionFailed, RecordExists, InvalidValue]
    assert [(outcome, True) for outcome, _ in first] == again
    assert (await store.send(GetRecord(id=record.id))).version == 2


async def test_another_command_with_the_key_is_refused(store: Mediator) -> None:
    await sent(store, CreateRecord(payload=1), "k")

    outcomes = [
        (await sent(store, command, "k"))[0]
        for command in (CreateRecord(payload=2), CreateRecord(payload=1.0), DeleteRecord(id=uuid4()))
    ]

    assert [outcome[0] for outcome in outcomes] == [IdempotencyKeyReused] * 3
    assert await count(store) == 1


async def test_two_actors_may_choose_the_same_key(store: Mediator) -> None:
    await sent(store, CreateRecord(payload=1), "k", actor="ada")

    _, replayed = await sent(store, CreateRecord(payload=2), "k", actor="bob")

    assert not replayed
    assert await count(store) == 2


async def test_the_second_command_of_a_request_is_another_one(store: Mediator) -> None:
    for _ in range(2):
        context = RequestContext(idempotency_key=IdempotencyKey("k"))
        await store.send(CreateRecord(payload=1), context)
        await store.send(CreateRecord(payload=2), context)

    assert await count(store) == 2


async def test_of_twenty_at_once_exactly_one_makes_the_change(store: Mediator) -> None:
    command = CreateRecord(payload=1)

    outcomes = await asyncio.gather(*(sent(store, command, "k") for _ in range(20)))

    made = {outcome.id for outcome, _ in outcomes if type(outcome) is not tuple}
    refused: set[object] = {outcome[0] for outcome, _ in outcomes if type(outcome) is tuple}
    assert len(made) == 1
    assert refused <= {IdempotencyKeyInFlight}
    assert await count(store) == 1


async def test_a_webhook_and_the_answer_are_kept_together_or_not_at_all(
    sql_mediator: Mediator, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = PutWebhook(name="mails", url="http://localhost/")

    async def fail(*_: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as broken:
        broken.setattr(SqlStoredResponses, "keep", fail)
        await sent(sql_mediator, command, "k")
    left = await sql_mediator.send(ListWebhooks())
    made, replayed = await sent(sql_mediator, command, "k")

    assert left == []
    assert (made.made_secret, replayed) == (True, False)


class Calendar:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.today = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.today


async def test_keys_expire_and_do_not_pile_up(engines: Engines) -> None:
    calendar = Calendar()
    store = build_mediator(engines, Limits(answers_kept_for=timedelta(hours=24)), {Clock: calendar})
    for number in range(8):
        await sent(store, CreateRecord(payload=1), f"k{number}")
    calendar.today += timedelta(hours=24)

    _, replayed = await sent(store, CreateRecord(payload=1), "k0")

    async with engines.write.connect() as connection:
        left = await connection.scalar(text("SELECT count(*) FROM answers"))
    assert not replayed
    assert left == 1


async def test_while_the_first_is_on_its_way_the_second_is_told_so(engines: Engines, sql_mediator: Mediator) -> None:
    command = CreateRecord(payload=1, collection="contested")
    async with engines.write.begin() as blocker:
        await blocker.execute(text("LOCK TABLE records IN EXCLUSIVE MODE"))
        first = asyncio.create_task(sent(sql_mediator, command, "k"))
        held = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock'")
        while not await blocker.scalar(held):  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.01)
        second, _ = await sent(sql_mediator, command, "k")

    made, _ = await first
    third = await sent(sql_mediator, command, "k")
    assert second[0] is IdempotencyKeyInFlight
    assert third == (made, True)


async def test_a_refusal_is_not_kept_over_the_answer_of_a_repetition_that_was_carried_out(engines: Engines) -> None:
    transactions = SqlTransactionFactory(engines.write, Uuid7Generator(), engines.clock, engines.clock)
    made = RecordView.of(
        Record.create(
            uuid4(), GivenContent(payload=1, tags=[]), collection="default", at=datetime(2026, 1, 1, tzinfo=UTC)
        )
    )
    ends: list[RecordView | Exception] = [RecordExists(uuid4()), made]
    answers: list[Any] = []
    opened = 0

    async def carried_out(_: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        end = ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end

    async def answered(idempotency_key: IdempotencyKey) -> Any:  # noqa: ANN401 - the message's own result
        with SendingIn(RequestContext(idempotency_key=idempotency_key)):
            return await behaviour(carried_out, CreateRecord(payload=1))

    @asynccontextmanager
    async def units_of_work() -> AsyncGenerator[UnitOfWork]:
        nonlocal opened
        opened += 1
        if opened == 2:
            # The refused command's transaction has ended, and its refusal is not kept yet.
            answers.append(await answered(IdempotencyKey("k")))
        async with transactions() as work:
            yield cast("UnitOfWork", work)  # nothing is announced

    behaviour = Idempotency(units_of_work, SystemClock(), Limits())
    first, again = IdempotencyKey("k"), IdempotencyKey("k")
    answers += [await answered(first), await answered(again)]

    assert answers == [made, made, made]
    assert (first.replayed, again.replayed) == (True, True)


async def test_what_is_kept_is_what_was_done_when_copies_of_a_refused_request_come_at_once(
    sql_mediator: Mediator,
) -> None:
    """The record comes to the version that the request expects while copies of the request are on their way."""
    wrong: list[tuple[Any, Any]] = []
    for number in range(60):
        record = await sql_mediator.send(CreateRecord(payload="first"))
        mine = ReplaceRecord(id=record.id, payload="mine", precondition=Precondition(match=frozenset({2})))

        async def copy(after: float, command: ReplaceRecord = mine, key: str = f"k{number}") -> None:
            await asyncio.sleep(after)
            await sent(sql_mediator, command, key)

        other = ReplaceRecord(id=record.id, payload="another's")
        await asyncio.gather(
            *(copy(step / 1000) for step in range(12)), copy(0.003 * (number % 4), other, f"o{number}")
        )
        kept, _ = await sent(sql_mediator, mine, f"k{number}")
        payload = (await sql_mediator.send(GetRecord(id=record.id))).payload
        if (type(kept) is not tuple) != (payload == '"mine"'):
            wrong.append((kept, payload))

    assert wrong == []


async def test_an_answer_that_another_has_kept_meanwhile_undoes_the_command(
    engines: Engines, sql_mediator: Mediator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two versions of the service, the older one keeps refusals without holding the key."""
    keep = SqlStoredResponses.keep

    async def kept_already(self: SqlStoredResponses, request: RepeatableRequest, answer: StoredResponse) -> None:
        async with engines.write.begin() as other:
            await keep(SqlStoredResponses(other), request, StoredResponse(RecordExists(uuid4())))
        await keep(self, request, answer)

    with monkeypatch.context() as patched:
        patched.setattr(SqlStoredResponses, "keep", kept_already)
        first, _ = await sent(sql_mediator, CreateRecord(payload=1), "k")
    second, replayed = await sent(sql_mediator, CreateRecord(payload=1), "k")

    assert first[0] is IdempotencyKeyInFlight
    assert (second[0], replayed) == (RecordExists, True)
    assert await count(sql_mediator) == 0


async def test_a_key_that_has_expired_keeps_a_refusal_anew(engines: Engines) -> None:
    calendar = Calendar()
    store = build_mediator(engines, Limits(answers_kept_for=timedelta(hours=24)), {Clock: calendar})
    record = await store.send(CreateRecord(payload=1))
    await sent(store, CreateRecord(id=record.id, payload=1), "k")
    calendar.today += timedelta(hours=24)

    await sent(store, CreateRecord(id=record.id, payload=1), "k")
    _, replayed = await sent(store, CreateRecord(id=record.id, payload=1), "k")

    assert replayed
