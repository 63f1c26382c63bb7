"""What is read as of a time stays what it is, while others write: or it is refused."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx2
import pytest

from datastore_service.application.errors import AsOfNotSettled
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.ports.clock import Clock
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.queries.count_records import CountRecords
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.times import timestamp
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Operation
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.revert_collection import RevertCollection
from datastore_service.bootstrap import build_mediator
from datastore_service.config.settings import Settings
from datastore_service.domain.records.content import GivenContent
from datastore_service.domain.records.record import Record
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.write.transaction import SqlTransactionFactory
from datastore_service.infrastructure.system import Uuid7Generator
from datastore_service.main import create_app

IMPATIENT = Limits(as_of_seconds=0.1)
PATIENT = Limits(as_of_seconds=60)


@dataclass(slots=True)
class SkewedClock:
    """The clock of a service that is set wrong."""

    clock: Clock
    by: timedelta

    def now(self) -> datetime:
        return self.clock.now() + self.by


@dataclass(slots=True)
class StoppedClock:
    """A clock that a command has looked at long before it commits."""

    at: datetime

    def now(self) -> datetime:
        return self.at


async def count(store: Mediator, as_of: datetime) -> int:
    return await store.send(CountRecords(criteria=RecordCriteria(as_of=as_of)))


async def test_a_time_is_refused_while_a_transaction_may_still_write_at_it(engines: Engines) -> None:
    impatient, patient = build_mediator(engines, IMPATIENT), build_mediator(engines, PATIENT)
    begin = SqlTransactionFactory(engines.write, Uuid7Generator(), engines.clock, engines.clock)

    async with begin() as work:
        as_of = engines.clock.now()
        await work.records.add(
            Record.create(uuid4(), GivenContent(payload=1, tags=[]), collection="default", at=work.began_at or as_of)
        )
        with pytest.raises(AsOfNotSettled) as refusal:
            await count(impatient, as_of)
        waiting = asyncio.create_task(count(patient, as_of))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        assert await count(impatient, as_of - timedelta(seconds=1)) == 0
        await work.commit()

    assert await waiting == 1
    assert await count(impatient, as_of) == 1
    assert refusal.value.retry_after == 1


async def test_a_revert_waits_for_those_who_may_still_write_at_its_time(engines: Engines) -> None:
    impatient, patient = build_mediator(engines, IMPATIENT), build_mediator(engines, PATIENT)
    begin = SqlTransactionFactory(engines.write, Uuid7Generator(), engines.clock, engines.clock)
    kept = await impatient.send(CreateRecord(payload="before"))

    async with begin() as work:
        as_of = engines.clock.now()
        await work.records.add(
            Record.create(uuid4(), GivenContent(payload=1, tags=[]), collection="default", at=work.began_at or as_of)
        )
        with pytest.raises(AsOfNotSettled):
            await impatient.send(RevertCollection(name="default", as_of=as_of))
        waiting = asyncio.create_task(patient.send(RevertCollection(name="default", as_of=as_of)))
        await asyncio.sleep(0.05)
        await work.commit()

    assert await waiting == []
    assert await patient.send(GetRecord(id=kept.id)) == kept


@pytest.mark.parametrize("locking", [False, True])
async def test_a_change_whose_time_was_closed_before_its_commit_gets_a_later_time(
    engines: Engines, *, locking: bool
) -> None:
    store = build_mediator(engines, Limits())
    known = await store.send(CreateRecord(payload="known"))
    as_of = engines.clock.now()
    slow = build_mediator(engines, Limits(), {Clock: StoppedClock(as_of)})
    before = await count(store, as_of)

    if locking:
        # Of no collection that is known: this takes locks from the start.
        added = await slow.send(CreateRecord(collection="new", payload="late"))
    else:
        added = await slow.send(CreateRecord(payload="late"))
    batch = await slow.send(
        ApplyBatch(operations=[Operation(change=CreateRecord(payload=place)) for place in range(3)])
    )
    replaced = await slow.send(ReplaceRecord(id=known.id, payload="changed"))

    assert before == 1
    assert await count(store, as_of) == before
    assert await store.send(GetRecord(id=known.id, as_of=as_of)) == known
    assert min(added.created_at, replaced.record.updated_at) > as_of
    assert all(applied.record and applied.record.created_at > as_of for applied in batch)


async def test_a_service_that_is_behind_does_not_keep_readers_waiting(engines: Engines) -> None:
    behind = SkewedClock(engines.clock, timedelta(seconds=-60))
    begin = SqlTransactionFactory(engines.write, Uuid7Generator(), behind, engines.clock)
    store = build_mediator(engines, IMPATIENT)
    as_of = engines.clock.now()
    assert await count(store, as_of) == 0

    async with begin() as work:
        assert work.began_at is not None
        assert work.began_at > as_of
        # Another process, which knows nothing of what was closed.
        assert await count(build_mediator(engines, IMPATIENT), as_of) == 0


async def test_a_time_that_was_closed_costs_no_statement(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    store = build_mediator(engines, Limits())
    as_of = (await store.send(CreateRecord(payload=1))).created_at
    asked: list[str] = []
    fetch = type(engines.gathered).fetch

    async def counting(pool: Any, query: str, arguments: Any) -> Any:  # noqa: ANN401
        asked.append(query)
        return await fetch(pool, query, arguments)

    monkeypatch.setattr(type(engines.gathered), "fetch", counting)
    await count(store, as_of)
    await count(store, as_of)
    await count(store, as_of - timedelta(days=1))

    assert sum("datastore_close_time" in query for query in asked) == 1


async def test_many_who_ask_for_recent_times_share_what_is_looked_for(engines: Engines) -> None:
    store = build_mediator(engines, Limits())
    await store.send(CreateRecord(payload=1))
    as_of = engines.clock.now()

    counts = await asyncio.gather(*(count(store, as_of - timedelta(microseconds=one)) for one in range(50)))

    assert set(counts) == {1}


type Asked = tuple[str, Any]


@dataclass(slots=True)
class Service:
    """One of the services on the database, over HTTP."""

    client: httpx2.AsyncClient
    clock: Clock
    mediator: Mediator

    async def read(self, as_of: datetime, ids: list[UUID], choice: int) -> tuple[Asked, str]:
        """Asks one of the questions that take a time, and returns it with its answer."""
        when = timestamp(as_of)
        match choice % 5:
            case 0:
                asked: Asked = ("/records/aggregate", {"as_of": when, "measures": {"n": {"function": "count"}}})
            case 1:
                asked = (f"/records?limit=1000&as_of={quote(when)}", None)
            case 2:
                asked = (f"/records/{ids[choice % len(ids)]}?as_of={quote(when)}", None)
            case 3:
                query = "query($at: DateTime!) { records(asOf: $at, first: 1000) { totalCount nodes { id version } } }"
                asked = ("/graphql", {"query": query, "variables": {"at": when}})
            case _:
                query = "query($at: DateTime!, $id: UUID!) { record(id: $id, asOf: $at) { version payload updatedAt } }"
                asked = ("/graphql", {"query": query, "variables": {"at": when, "id": str(ids[choice % len(ids)])}})
        return asked, await self.answer(asked)

    async def answer(self, asked: Asked) -> str:
        path, body = asked
        response = await (self.client.get(path) if body is None else self.client.post(path, json=body))
        assert response.status_code in {200, 404, 410}, response.text
        assert '"errors"' not in response.text
        return response.text


async def services(settings: Settings, engines: Engines, skews: list[float]) -> AsyncGenerator[Service]:
    for seconds in skews:
        clock = SkewedClock(engines.clock, timedelta(seconds=seconds))
        mediator = build_mediator(engines, PATIENT, {Clock: clock} if seconds else {})
        app = create_app(settings)
        app.state.mediator = mediator
        client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080")
        yield Service(client, clock if seconds else engines.clock, mediator)


async def write(service: Service, random: Random, ids: list[UUID], number: int) -> None:
    """Changes something, in one of the ways in which changes are written."""
    record_id = ids[random.randrange(len(ids))]
    match random.randrange(6):
        case 0:
            rows = [{"op": "create", "payload": {"n": number, "place": place}} for place in range(40)]
            response = await service.client.post("/batch", json={"operations": rows})
        case 1:
            headers = {"Idempotency-Key": str(UUID(int=random.getrandbits(128)))}
            response = await service.client.post("/records", json={"payload": number}, headers=headers)
        case 2:
            lines = "\n".join(f'{{"payload": {number}}}' for _ in range(20))
            headers = {"Content-Type": "application/x-ndjson"}
            response = await service.client.post("/import", content=lines, headers=headers)
        case 3:
            response = await service.client.delete(f"/records/{record_id}")
        case 4:
            response = await service.client.post("/records", json={"payload": number})
        case _:
            response = await service.client.put(f"/records/{record_id}", json={"payload": {"n": number}})
    assert response.status_code in {200, 201, 204, 409, 410}, response.text


@pytest.mark.parametrize("skews", [[0.0], [0.0, -3.0]], ids=["one service", "two services, one of them behind"])
async def test_random_histories_have_one_answer_at_each_time(
    sql_settings: Settings, engines: Engines, skews: list[float]
) -> None:
    found = [service async for service in services(sql_settings, engines, skews)]
    ids = [uuid4() for _ in range(5)]
    for record_id in ids:
        await found[0].client.put(f"/records/{record_id}", json={"payload": 0})
    readings: dict[str, tuple[Asked, str]] = {}
    is_read = asyncio.Event()

    async def writer(seed: int) -> None:
        random, number = Random(seed), 0  # noqa: S311
        while not is_read.is_set():
            number += 1
            await write(found[seed % len(found)], random, ids, number)

    async def reader(seed: int) -> None:
        random = Random(seed)  # noqa: S311
        for number in range(10):
            back = timedelta(seconds=random.choice([0, 0.001, 0.002, 0.01, 0.05, 0.5]))
            asked, answer = await found[0].read(engines.clock.now() - back, ids, seed + number)
            readings[repr(asked)] = asked, answer

    writing = [asyncio.create_task(writer(seed)) for seed in range(6)]
    await asyncio.gather(*(reader(seed) for seed in range(5)))
    is_read.set()
    await asyncio.gather(*writing)

    different = [asked for asked, before in readings.values() if await found[0].answer(asked) != before]
    assert different == []
    assert len(readings) == 50
    assert len({answer for _, answer in readings.values()}) > 10
