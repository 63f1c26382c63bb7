"""Followers on PostgreSQL, while many write at the same time and nothing goes smoothly."""

import asyncio
import logging
import random
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.errors import CursorExpired
from datastore_service.application.feed.change import LogEntry
from datastore_service.application.feed.start_position import Edge, Since
from datastore_service.application.feed.use_cases.follow_changes import FollowChanges
from datastore_service.application.feed.use_cases.list_consumers import ListConsumers
from datastore_service.application.feed.use_cases.put_consumer import PutConsumer
from datastore_service.application.feed.use_cases.read_changes import ReadChanges
from datastore_service.application.limits import Limits
from datastore_service.application.position import Position, Snapshot
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.ports.unit_of_work import Transaction
from datastore_service.bootstrap import Application, build_application
from datastore_service.config.settings import Settings
from datastore_service.database import open_database
from datastore_service.domain.records.content import GivenContent
from datastore_service.infrastructure.database.engine.pools import Engines, FeedEngine
from datastore_service.infrastructure.database.feed import log_epoch, notifier
from datastore_service.infrastructure.database.feed.log import SqlChangeLog
from datastore_service.infrastructure.database.feed.notifier import PostgresNotifier
from datastore_service.infrastructure.database.schema.reader_role import READER_ROLE
from datastore_service.infrastructure.database.write.transaction import SqlTransactionFactory
from datastore_service.infrastructure.system import Uuid7Generator

WRITERS, READERS, ROUNDS, RECORDS = 16, 8, 12, 10


@pytest.fixture
async def wide(sql_settings: Settings, engines: Engines) -> AsyncGenerator[Engines]:
    """Pools with a connection for each writer."""
    assert engines.revision
    database = sql_settings.database.model_copy(update={"write_pool_size": WRITERS})
    async with open_database(sql_settings.model_copy(update={"database": database})) as wide:
        yield wide


@pytest.fixture
async def application(wide: Engines) -> AsyncGenerator[Application]:
    application = build_application(wide, Limits(poll_seconds=0.2))
    yield application
    await application.changes.close()


class AwayAtFirst:
    """An engine whose first connections fail."""

    def __init__(self, engine: FeedEngine, failures: int) -> None:
        self._engine = engine
        self.failures = failures

    def connect(self) -> AsyncConnection:
        if self.failures:
            self.failures -= 1
            raise SQLAlchemyError("It is away.")
        return self._engine.connect()


async def test_the_notifier_logs_an_outage_when_it_begins_and_when_it_has_ended(
    engines: Engines, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, notifier.__name__)
    monkeypatch.setattr(notifier, "_FIRST_WAIT", 0.001)
    monkeypatch.setattr(notifier, "_LONGEST_WAIT", 0.001)
    changes = PostgresNotifier(cast("FeedEngine", AwayAtFirst(engines.feed, failures=3)))

    assert await changes.wait(10)
    await changes.close()

    assert [(record.levelno, record.getMessage()) for record in caplog.records if record.name == notifier.__name__] == [
        (
            logging.WARNING,
            "Notifications of other processes' changes are interrupted; they are polled for: It is away.",
        ),
        (logging.INFO, "Notifications of other processes' changes arrive again."),
    ]


@dataclass(slots=True)
class Follower:
    """Follows until it is killed, and goes on from the last change that it has dealt with."""

    application: Application
    chance: random.Random
    since: Since = Edge.BEGINNING
    seen: list[tuple[UUID, int]] = field(default_factory=list[tuple[UUID, int]])
    kills: int = 0

    async def follow(self, done: asyncio.Event, expected: set[tuple[UUID, int]]) -> None:
        while not (done.is_set() and len(self.seen) >= len(expected)):
            life_of_one = self.stream if self.chance.random() < 0.7 else self.pages
            try:
                async with asyncio.timeout(self.chance.uniform(0.01, 0.3)):
                    await life_of_one()
            except TimeoutError:
                self.kills += 1

    async def stream(self) -> None:
        following = FollowChanges(since=self.since, snapshot=False)
        with await self.application.mediator.send(following) as subscription:
            while True:
                for entry in await subscription.next(self.chance.randint(1, 20), 1):
                    self.take(entry)
                self.since = Position.parse(str(subscription.position), "since")
                await asyncio.sleep(self.chance.choice([0, 0, 0.02]))

    async def pages(self) -> None:
        while True:
            page = await self.application.mediator.send(
                ReadChanges(since=self.since, limit=self.chance.randint(1, 20), wait=0.1)
            )
            for entry in page.entries:
                self.take(entry)
            self.since = Position.parse(str(page.position), "since")

    def take(self, entry: LogEntry) -> None:
        self.seen.append((entry.change.record_id, entry.change.version))
        self.since = Position.parse(str(entry.position), "since")


def dice(number: int) -> random.Random:
    return random.Random(number)  # noqa: S311 - chance that can be repeated


async def write(transaction: Transaction, ids: list[UUID], chance: random.Random) -> set[tuple[UUID, int]]:
    """Changes some of the records, and takes its time over each."""
    changed: set[tuple[UUID, int]] = set()
    for record_id in sorted(chance.sample(ids, chance.randint(1, 3))):
        record = await transaction.records.get(record_id)
        assert record
        record.replace(GivenContent(payload=chance.random(), tags=[]), at=datetime.now(UTC))
        await transaction.records.save(record)
        changed.add((record.id, record.version))
        await asyncio.sleep(chance.choice([0, 0.001, 0.02, 0.05]))
    return changed


async def test_every_follower_gets_every_change_once_and_versions_in_order(
    application: Application, wide: Engines
) -> None:
    ids = [(await application.mediator.send(CreateRecord(payload=0))).id for _ in range(RECORDS)]
    committed = {(record_id, 1) for record_id in ids}
    transactions = SqlTransactionFactory(wide.write, Uuid7Generator(), wide.clock, wide.clock)
    done = asyncio.Event()

    async def writer(chance: random.Random) -> None:
        for _ in range(ROUNDS):
            async with transactions() as transaction:
                changed = await write(transaction, ids, chance)
                if chance.random() < 0.85:
                    await transaction.commit()
                    committed.update(changed)
            await asyncio.sleep(chance.choice([0, 0.01]))

    followers = [Follower(application, dice(number)) for number in range(READERS)]
    async with asyncio.timeout(60), asyncio.TaskGroup() as readers:
        for follower in followers:
            readers.create_task(follower.follow(done, committed))
        async with asyncio.TaskGroup() as writers:
            for number in range(WRITERS):
                writers.create_task(writer(dice(100 + number)))
        done.set()

    assert len(committed) > RECORDS + WRITERS
    for follower in followers:
        assert follower.kills
        assert len(follower.seen) == len(set(follower.seen))
        assert set(follower.seen) == committed
        for record_id in ids:
            versions = [version for changed, version in follower.seen if changed == record_id]
            assert versions == sorted(versions)


async def test_a_transaction_that_is_left_open_holds_nobody_up(application: Application, wide: Engines) -> None:
    async with wide.write.connect() as idle:
        await idle.execute(text("SELECT pg_current_xact_id()"))
        with await application.mediator.send(FollowChanges()) as subscription:
            record = await application.mediator.send(CreateRecord(payload=1))
            (entry,) = await subscription.next(10, 5)

    assert entry.change.record_id == record.id


async def test_what_commits_late_is_told_of_all_the_same(application: Application, wide: Engines) -> None:
    transactions = SqlTransactionFactory(wide.write, Uuid7Generator(), wide.clock, wide.clock)
    slow_one = await application.mediator.send(CreateRecord(payload=1))
    async with transactions() as slow:
        record = await slow.records.get(slow_one.id)
        assert record
        record.replace(GivenContent(payload=2, tags=[]), at=datetime.now(UTC))
        await slow.records.save(record)
        quick = await application.mediator.send(CreateRecord(payload=3))
        page = await application.mediator.send(ReadChanges(limit=10))
        await slow.commit()

    later = await application.mediator.send(ReadChanges(since=page.position, limit=10))

    assert [entry.change.record_id for entry in page.entries] == [slow_one.id, quick.id]
    assert [(entry.change.record_id, entry.change.version) for entry in later.entries] == [(slow_one.id, 2)]


async def test_a_change_of_another_process_is_told_of_at_once(application: Application, wide: Engines) -> None:
    other = build_application(wide, Limits(poll_seconds=60))
    try:
        with await other.mediator.send(FollowChanges()) as subscription:
            await subscription.next(1, 0.2)
            await application.mediator.send(CreateRecord(payload=1))
            (entry,) = await subscription.next(1, 30)
    finally:
        await other.changes.close()

    assert entry.change.payload == "1"


async def test_a_change_that_nobody_has_told_of_is_found(application: Application, wide: Engines) -> None:
    transactions = SqlTransactionFactory(wide.write, Uuid7Generator(), wide.clock, wide.clock)
    record_id = (await application.mediator.send(CreateRecord(payload=1))).id
    with await application.mediator.send(FollowChanges()) as subscription:
        await subscription.next(1, 0.3)
        async with transactions() as transaction:
            record = await transaction.records.get(record_id)
            assert record
            record.replace(GivenContent(payload=2, tags=[]), at=datetime.now(UTC))
            await transaction.records.save(record)
            await transaction.commit()
        (entry,) = await subscription.next(1, 5)

    assert entry.change.version == 2


async def test_followers_outlive_the_connections(application: Application, wide: Engines) -> None:
    with await application.mediator.send(FollowChanges()) as subscription:
        await application.mediator.send(CreateRecord(payload=1))
        first = await subscription.next(1, 5)
        async with wide.write.connect() as killer:
            await killer.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
            )
        await application.mediator.send(CreateRecord(payload=2))
        second = await subscription.next(1, 10)

    assert [entry.change.payload for entry in (*first, *second)] == ["1", "2"]


async def test_a_log_from_a_server_with_greater_ids_begins_a_new_life(application: Application, wide: Engines) -> None:
    await application.mediator.send(CreateRecord(payload=1))
    before = await application.mediator.send(ReadChanges(limit=10))
    async with wide.write.begin() as connection:
        await connection.execute(text("UPDATE revisions SET xid = '900000000000'"))
    hidden = await application.mediator.send(ReadChanges(limit=10))

    mended, again = await log_epoch.ensure(wide.write), await log_epoch.ensure(wide.write)

    after = await application.mediator.send(ReadChanges(limit=10))
    assert (mended, again) == (True, False)
    assert [len(page.entries) for page in (before, hidden, after)] == [1, 1, 1]
    assert after.position.epoch != before.position.epoch


async def test_a_consumer_outlives_the_life_of_the_log(application: Application, wide: Engines) -> None:
    send = application.mediator.send
    for number in range(4):
        await send(CreateRecord(payload=number))
    page = await send(ReadChanges(limit=10))
    await send(PutConsumer(name="behind", since=page.entries[1].position))
    await send(PutConsumer(name="done", since=page.position))

    await log_epoch.rotate(wide.write)
    await send(CreateRecord(payload=4))

    left = {
        view.consumer.name: [
            entry.change.payload for entry in (await send(ReadChanges(since=view.consumer.position, limit=10))).entries
        ]
        for view in await send(ListConsumers())
    }
    assert left == {"behind": ["2", "3", "4"], "done": ["4"]}


async def test_a_place_rests_on_no_transaction_that_a_crash_could_take_back(engines: Engines) -> None:
    application = build_application(engines, Limits())
    record = await application.mediator.send(CreateRecord(payload=1))
    async with engines.write.connect() as connection:
        undone = int(await connection.scalar(text("SELECT CAST(pg_current_xact_id() AS text)")))
        await connection.rollback()
    log = SqlChangeLog(engines.feed, engines.write, Limits())

    page = await log.after(await log.start(), None, 10)

    (entry,) = page.entries
    assert entry.change.record_id == record.id
    for place in (await log.end(), page.position, entry.position):
        assert place.seen.sees(entry.change.transaction)
        assert not place.seen.sees(undone)
    await application.changes.close()


async def test_a_server_that_does_not_tell_its_timeline_is_known_by_its_start(engines: Engines) -> None:
    async with engines.write.connect() as connection:
        told = await connection.scalar(text("SELECT datastore_server()"))
        as_reader = await _told_to_the_reader(connection)
        for statement in (
            "CREATE ROLE plain",
            "ALTER FUNCTION datastore_server() OWNER TO plain",
            "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC",
        ):
            await connection.execute(text(statement))
        instead = await connection.scalar(text("SELECT datastore_server()"))
        start = await connection.scalar(text("SELECT 'started ' || extract(epoch FROM pg_postmaster_start_time())"))
        is_elsewhere = await connection.scalar(text("SELECT server <> present_server FROM change_log_view"))
        await connection.rollback()

    assert re.fullmatch("[0-9]+/[0-9A-F]{8}", told or "")
    assert as_reader == told
    assert (instead, is_elsewhere) == (start, True)


async def _told_to_the_reader(connection: AsyncConnection) -> str | None:
    await connection.execute(text(f"SET LOCAL ROLE {READER_ROLE}"))
    told = await connection.scalar(text("SELECT present_server FROM change_log_view"))
    await connection.execute(text("RESET ROLE"))
    return told


async def test_a_cursor_from_the_future_of_a_server_that_was_set_back_has_expired(
    application: Application, wide: Engines
) -> None:
    await application.mediator.send(CreateRecord(payload=1))
    end = await SqlChangeLog(wide.feed, wide.write, Limits()).end()
    ahead = Snapshot(end.seen.end + 1_000_000)
    log = SqlChangeLog(wide.feed, wide.write, Limits())

    for place in (
        Position(epoch=end.epoch, seen=ahead),
        Position(epoch=end.epoch, seen=Snapshot(), reading=ahead),
        Position(epoch=end.epoch, seen=ahead, after=UUID(int=0)),
    ):
        with pytest.raises(CursorExpired):
            await log.after(place, None, 10)
        with pytest.raises(CursorExpired):
            await log.lag(place, None, 10)
