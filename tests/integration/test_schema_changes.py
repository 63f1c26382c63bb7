"""A change of a collection's types beside writers: no record of before is left that does not fit (adr/0106)."""

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.errors import SchemaChangeRefused, SchemaChangeUnderWay, StoreUnavailable
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.ports.documents import Document, DocumentPart, DocumentReader
from datastore_service.application.ports.observation import NullWriteMeter
from datastore_service.application.write.attempts import Attempts, WriteConflict
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.put_collection import PutCollection
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.ports.unit_of_work import TransactionFactory
from datastore_service.bootstrap import build_mediator
from datastore_service.config.settings import Settings
from datastore_service.database import open_database
from datastore_service.domain.errors import SchemaViolated
from datastore_service.domain.json_value import Json
from datastore_service.domain.records.content import GivenContent
from datastore_service.domain.records.patches import MergePatch
from datastore_service.domain.records.record import Record
from datastore_service.domain.typed.model import CollectionApi
from datastore_service.infrastructure.database.engine.pools import Engines, ReadPool
from datastore_service.infrastructure.database.read.readers.documents import SqlDocumentReader
from datastore_service.infrastructure.database.write.gate import SqlWriteGate
from datastore_service.infrastructure.database.write.repositories.type_changes import SqlTypeChanges
from datastore_service.infrastructure.database.write.transaction import SqlTransactionFactory, SqlTransactions
from datastore_service.infrastructure.system import Uuid7Generator

PERSON = CollectionApi.of("people", type_name="Person", node="typed")
WIDE: Json = {"type": "object", "properties": {"n": {"type": "integer"}}}
NARROW: Json = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}}}
NARROWINGS = 6
ATTEMPTS = 400

MISFITS = text("""
SELECT count(*) FROM records JOIN collections ON collections.id = records.collection_id
WHERE collections.name = 'people' AND deleted_at IS NULL AND (payload ->> 'n')::int < 0
""")


async def put(store: Mediator, schema: Json) -> None:
    await store.send(PutCollection(name="people", schema=schema, api=PERSON, allow=frozenset({"readers", "writers"})))


async def misfits(engines: Engines) -> int:
    async with engines.write.connect() as connection:
        return (await connection.execute(MISFITS)).scalar_one()


@pytest.fixture
async def other_engines(sql_settings: Settings, engines: Engines) -> AsyncGenerator[Engines]:  # noqa: ARG001 - closed before it empties the database
    """The pools and caches of another process on the same database."""
    async with open_database(sql_settings) as others:
        yield others


@dataclass
class Writer:
    """Writes one record again and again: now and then what the narrow schema refuses, and then what it takes."""

    store: Mediator
    random: random.Random
    record_id: UUID | None = None
    written: int = 0
    refused: int = 0
    is_done: bool = False

    async def run(self) -> None:
        self.record_id = (await self.store.send(CreateRecord(payload={"n": 0}, collection="people"))).id
        while not self.is_done:
            number = -1 if self.random.random() < 0.1 else 0
            await self._write(number)
            if number < 0:
                await self._write(0)

    async def _write(self, number: int) -> None:
        assert self.record_id is not None
        command = (
            ReplaceRecord(id=self.record_id, payload={"n": number})
            if self.random.random() < 0.5
            else PatchRecord(id=self.record_id, patch=MergePatch({"payload": {"n": number}}))
        )
        try:
            await self.store.send(command)
            self.written += 1
        except SchemaViolated:
            self.refused += 1


@asynccontextmanager
async def writing(stores: Sequence[Mediator], each: int) -> AsyncGenerator[list[Writer]]:
    """Has so many writers write through each of the stores."""
    seeds = enumerate([*stores] * each)
    writers = [Writer(store, random.Random(seed)) for seed, store in seeds]  # noqa: S311 - no secret
    async with asyncio.TaskGroup() as group:
        for writer in writers:
            group.create_task(writer.run())
        try:
            yield writers
        finally:
            # A write that is cancelled while it is being committed goes on (adr/0022), so they are told instead.
            for writer in writers:
                writer.is_done = True


@dataclass
class Fire:
    """Narrows the schema beside writers, and counts the records that do not fit each time that it succeeded."""

    store: Mediator
    engines: Engines
    misfits: list[int] = field(default_factory=list[int])
    refused: int = 0

    async def narrow(self, times: int) -> None:
        for _ in range(ATTEMPTS):
            if len(self.misfits) >= times:
                return
            try:
                await put(self.store, NARROW)
            except SchemaChangeRefused:
                self.refused += 1
            else:
                self.misfits.append(await misfits(self.engines))
                await put(self.store, WIDE)
        raise AssertionError(f"{len(self.misfits)} of {ATTEMPTS} changes succeeded")


def stores_of(engines: Engines, others: Engines) -> list[Mediator]:
    """Returns two processes, and one that locks what it reads."""
    locking = build_mediator(others, Limits(), {TransactionFactory: SqlTransactionFactory})
    return [build_mediator(engines, Limits()), build_mediator(others, Limits()), locking]


async def test_after_a_change_no_record_breaks_the_schema(engines: Engines, other_engines: Engines) -> None:
    stores = stores_of(engines, other_engines)
    await put(stores[0], WIDE)
    fire = Fire(stores[0], engines)

    async with writing(stores, 2) as writers:
        await fire.narrow(NARROWINGS)

    assert fire.misfits == [0] * NARROWINGS
    assert all(writer.written for writer in writers)


async def test_that_test_finds_a_change_that_does_not_look_again_while_writers_wait(
    engines: Engines, other_engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> AsyncGenerator[Sequence[Document]]:
        return
        yield

    monkeypatch.setattr(SqlTypeChanges, "written_since", nothing)
    stores = stores_of(engines, other_engines)
    await put(stores[0], WIDE)
    fire = Fire(stores[0], engines)

    async with writing(stores, 2):
        for _ in range(ATTEMPTS):
            await fire.narrow(len(fire.misfits) + 1)
            if fire.misfits[-1]:
                break

    assert fire.misfits[-1] > 0


class WritesAfterwards:
    """Reads documents; after the last one, another client writes one more."""

    def __init__(self, engine: ReadPool) -> None:
        self._reader = SqlDocumentReader(engine)
        self.write: PutCollection | CreateRecord | None = None
        self.store: Mediator | None = None

    async def parts(self, collection: str, size: int, since: str | None = None, /) -> AsyncGenerator[DocumentPart]:
        async for part in self._reader.parts(collection, size, since):
            yield part
        if self.store and self.write:
            await self.store.send(self.write)


async def test_what_is_written_after_the_look_is_looked_at_before_the_cut(engines: Engines) -> None:
    store = build_mediator(engines, Limits())
    await store.send(PutCollection(name="people", schema=WIDE))
    reader = WritesAfterwards(engines.read)
    reader.store, reader.write = store, CreateRecord(payload={"n": -1}, collection="people")
    changing = build_mediator(engines, Limits(), {DocumentReader: reader})

    with pytest.raises(SchemaChangeRefused, match="Records that do not fit: 1 of 1"):
        await put(changing, NARROW)


async def test_a_collection_that_changes_meanwhile_refuses_the_change(engines: Engines) -> None:
    store = build_mediator(engines, Limits())
    await store.send(PutCollection(name="people", schema=WIDE))
    reader = WritesAfterwards(engines.read)
    reader.store, reader.write = store, PutCollection(name="people", schema=True)
    changing = build_mediator(engines, Limits(), {DocumentReader: reader})

    with pytest.raises(SchemaChangeUnderWay):
        await put(changing, NARROW)


WAITS = 7_302_542
LATE = text(f"""
WITH waited AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared({WAITS}) IS NULL AS done),
standing AS (SELECT version FROM collections WHERE (SELECT done IS NOT NULL FROM waited) FOR KEY SHARE SKIP LOCKED)
SELECT version FROM standing
""")  # noqa: S608 - a constant
IS_WAITING = text(f"SELECT count(*) FROM pg_locks WHERE objid = {WAITS} AND NOT granted")  # noqa: S608 - a constant
UPDATE = text("UPDATE collections SET version = version + 1")


@pytest.mark.parametrize(("locks_first", "seen"), [(True, 2), (False, 1)])
async def test_a_writer_with_an_older_snapshot_finds_the_newest_version_only_if_it_was_locked_before_the_update(
    engines: Engines, locks_first: bool, seen: int
) -> None:
    """This is what the change relies on; without the lock, the writer would take the schema of its snapshot."""
    await build_mediator(engines, Limits()).send(PutCollection(name="people", schema=WIDE))
    async with engines.write.connect() as holder, engines.write.connect() as late, engines.write.connect() as change:
        await holder.execute(text(f"SELECT pg_advisory_xact_lock({WAITS})"))
        reading = asyncio.create_task(late.execute(LATE))
        await _until_it_waits(change)
        if locks_first:
            await change.execute(text("SELECT 1 FROM collections FOR UPDATE"))
        await change.execute(UPDATE)
        await change.commit()
        await holder.rollback()

        assert (await reading).scalar_one() == seen


async def _until_it_waits(connection: AsyncConnection) -> None:
    while not (await connection.execute(IS_WAITING)).scalar_one():
        await connection.rollback()


async def test_the_time_since_when_records_fit_is_after_all_changes_of_before(engines: Engines) -> None:
    store = build_mediator(engines, Limits())
    record = await store.send(CreateRecord(payload={"n": 1}, collection="people"))
    async with engines.write.begin() as connection:
        await connection.execute(text("UPDATE records SET updated_at = updated_at + interval '1 hour'"))

    changed = await store.send(PutCollection(name="people", schema=WIDE, api=PERSON))

    assert changed.collection.typed_since is not None
    assert (changed.collection.typed_since - record.updated_at).total_seconds() > 3600


MANY = 20


class Relay:
    """Writers with locks, of which each leaves only when the next one shares the lock on the collection, or waits."""

    def __init__(self, engines: Engines) -> None:
        clock = engines.clock
        self._begin = SqlTransactionFactory(engines.write, Uuid7Generator(), clock, clock)
        self._engine = engines.write
        self.locked = 0
        self.change_begins = asyncio.Event()
        self.after_that = 0

    async def run(self, changing: asyncio.Task[None]) -> None:
        """Runs until the change has happened, or many writers have had the lock since it began."""
        leave = asyncio.Event()
        following = asyncio.create_task(self._write(leave))
        while not changing.done() and self.after_that < MANY:
            before, previous = self.locked, leave
            writer, following = following, asyncio.create_task(self._write(leave := asyncio.Event()))
            while self.locked == before and not changing.done() and not await self._somebody_waits():
                pass
            previous.set()
            await writer
        leave.set()
        await following

    async def _write(self, leave: asyncio.Event) -> None:
        async with self._begin() as transaction:
            await transaction.collections.rules_of("people")
            self.locked += 1
            self.after_that += self.change_begins.is_set()
            await leave.wait()
            await transaction.commit()

    async def _somebody_waits(self) -> bool:
        async with self._engine.connect() as connection:
            return bool((await connection.execute(WAITS_AT_THE_GATE)).scalar_one())


WAITS_AT_THE_GATE = text(
    "SELECT count(*) FROM pg_locks "
    "WHERE locktype = 'advisory' AND objid = 3025420 AND mode = 'ShareLock' AND NOT granted"
)


@pytest.mark.parametrize("they_wait", [True, False])
async def test_writers_that_overlap_keep_a_change_waiting_only_if_they_do_not_wait_for_it(
    engines: Engines, monkeypatch: pytest.MonkeyPatch, they_wait: bool
) -> None:
    """Each of them shares the lock before the one before has left it, so nobody ever has it alone."""
    store = build_mediator(engines, Limits())
    await store.send(PutCollection(name="people", schema=WIDE))
    relay = Relay(engines)
    really = SqlTypeChanges.begin

    async def begin(changes: SqlTypeChanges) -> None:
        relay.change_begins.set()
        if they_wait:
            await really(changes)

    monkeypatch.setattr(SqlTypeChanges, "begin", begin)

    changing = asyncio.create_task(put(store, NARROW))
    await relay.run(changing)

    assert (relay.after_that < MANY) is they_wait
    await changing


async def test_a_shut_gate_leaves_out_what_is_written_without_locks_and_opens_by_itself(engines: Engines) -> None:
    store = build_mediator(engines, Limits())
    await store.send(PutCollection(name="people", schema=WIDE))
    transactions = build_transactions(engines)
    await SqlWriteGate(engines.gathered).shut("people")

    with pytest.raises(WriteConflict):
        await add_without_locks(transactions)
    assert (await store.send(CreateRecord(payload={"n": 1}, collection="people"))).version == 1
    async with engines.write.begin() as connection:
        await connection.execute(text("UPDATE collections SET gated_until = gated_until - interval '16 seconds'"))
    await add_without_locks(transactions)


def build_transactions(engines: Engines) -> SqlTransactions:
    ids = Uuid7Generator()
    return SqlTransactions(engines.write, engines.gathered, ids, engines.clock, engines.clock, NullWriteMeter())


async def add_without_locks(transactions: SqlTransactions) -> None:
    with Attempts() as attempts:
        attempts.lockless = True
        async with transactions() as transaction:
            content = GivenContent(payload={"n": 1})
            record = Record.create(uuid4(), content, collection="people", at=datetime.now(UTC))
            await transaction.records.add(record)
            await transaction.commit()


async def test_a_record_whose_collection_has_just_been_made_typed_is_judged_again(engines: Engines) -> None:
    """The writer has found no collection; then another client makes it, with a schema."""
    store = build_mediator(engines, Limits(), {TransactionFactory: SqlTransactionFactory})
    await store.send(PutCollection(name="others"))
    clock = engines.clock
    begin = SqlTransactionFactory(engines.write, Uuid7Generator(), clock, clock)
    async with begin() as transaction:
        rules = await transaction.collections.rules_of("people")
        await put(store, NARROW)

        with pytest.raises(StoreUnavailable) as refusal:
            await transaction.collections.id_of("people", datetime.now(UTC))

    assert rules.schema is None
    assert refusal.value.gave_way
