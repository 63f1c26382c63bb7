"""What a unit of work does besides its transaction: it takes in those opened inside it, and tells of what changed."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest

from datastore_service.application.feed.notifier import LocalNotifier
from datastore_service.application.write.units_of_work import UnitsOfWork
from datastore_service.domain.records.content import GivenContent
from datastore_service.domain.records.events import RecordChanged
from datastore_service.domain.records.record import Record
from tests.fakes.identifiers import CountingIds
from tests.fakes.store import InMemoryStore, InMemoryTransactionFactory


class Announcements:
    """Keeps what is announced, unit of work by unit of work."""

    def __init__(self) -> None:
        self.wait: list[list[object]] = []

    async def publish(self, announcements: Sequence[object], /) -> None:
        self.wait.append([*announcements])


class Listener:
    """Keeps what it is told, as (version, operation), and what had been committed by then."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store
        self.wait: list[tuple[int, str]] = []
        self.announcements = Announcements()
        self.committed: set[UUID] = set()

    async def publish(self, events: Sequence[RecordChanged], /) -> None:
        self.wait += [(event.version, event.operation) for event in events]
        self.committed = set(self._store.records)


class DeafListener:
    async def publish(self, events: Sequence[object], /) -> None:
        raise RuntimeError(f"{len(events)} too many")


@pytest.fixture
def store() -> InMemoryStore:
    return InMemoryStore()


@pytest.fixture
def listener(store: InMemoryStore) -> Listener:
    return Listener(store)


@pytest.fixture
def units_of_work(store: InMemoryStore, listener: Listener) -> UnitsOfWork:
    return UnitsOfWork(
        InMemoryTransactionFactory(store, CountingIds()), listener, listener.announcements, LocalNotifier()
    )


def record(number: int) -> Record:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Record.create(UUID(int=number), GivenContent(payload=number, tags=()), collection="c", at=now)


async def test_publishes_its_changes_in_order_after_the_commit(units_of_work: UnitsOfWork, listener: Listener) -> None:
    async with units_of_work() as work:
        changing = record(1)
        await work.records.add(changing)
        changing.delete(at=changing.created_at)
        await work.records.save(changing)
        assert listener.wait == []
        await work.commit()

    assert listener.wait == [(1, "create"), (2, "delete")]
    assert listener.committed == {UUID(int=1)}


async def test_publishes_nothing_after_a_rollback_or_without_changes(
    units_of_work: UnitsOfWork, listener: Listener
) -> None:
    async with units_of_work() as work:
        await work.records.add(record(1))
    async with units_of_work() as work:
        await work.commit()

    assert listener.wait == []


async def test_a_failing_publisher_does_not_undo_the_changes(
    store: InMemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)

    transactions, deaf = InMemoryTransactionFactory(store, CountingIds()), DeafListener()
    async with UnitsOfWork(transactions, deaf, deaf, LocalNotifier())() as work:
        work.announce("too much")
        await work.records.add(record(1))
        await work.commit()

    assert UUID(int=1) in store.records
    # One line for each of the two publishers.
    assert [line.getMessage() for line in caplog.records] == ["Committed changes could not be published."] * 2


async def test_a_nested_unit_of_work_is_committed_with_the_outer_one(
    units_of_work: UnitsOfWork, store: InMemoryStore, listener: Listener
) -> None:
    async with units_of_work() as outer:
        async with units_of_work() as inner:
            await inner.records.add(record(1))
            await inner.commit()
        before = dict(store.records)
        seen_outside = await outer.records.get(UUID(int=1))
        await outer.commit()

    assert before == {}
    assert seen_outside is not None
    assert list(store.records) == [UUID(int=1)]
    assert listener.wait == [(1, "create")]


async def test_a_nested_unit_of_work_without_a_commit_prevents_the_outer_commit(
    units_of_work: UnitsOfWork, store: InMemoryStore
) -> None:
    async with units_of_work() as outer:
        async with units_of_work() as inner:
            await inner.records.add(record(1))
        with pytest.raises(RuntimeError, match="only a rollback"):
            await outer.commit()

    assert store.records == {}


async def test_consecutive_units_of_work_are_independent(units_of_work: UnitsOfWork, store: InMemoryStore) -> None:
    async with units_of_work():
        pass

    async with units_of_work() as work:
        await work.records.add(record(1))
        await work.commit()

    assert list(store.records) == [UUID(int=1)]


async def test_announcements_are_published_after_the_commit_of_their_unit_of_work(
    units_of_work: UnitsOfWork, listener: Listener
) -> None:
    async with units_of_work() as work:
        work.announce("one")
        async with units_of_work() as part:
            part.announce("another")
            await part.commit()
        assert listener.announcements.wait == []
        await work.commit()

    assert listener.announcements.wait == [["one", "another"]]


async def test_announcements_of_a_rolled_back_unit_of_work_are_not_published(
    units_of_work: UnitsOfWork, listener: Listener
) -> None:
    async with units_of_work() as work:
        work.announce("one")
    async with units_of_work() as work:
        await work.commit()

    assert listener.announcements.wait == []
