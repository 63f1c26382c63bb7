"""All changes of a unit of work have one time, also where another service has changed a record at a later one."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.feed.notifier import LocalNotifier
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Command, Message
from datastore_service.application.ports.clock import Clock
from datastore_service.application.request_context import IdempotencyKey, RequestContext
from datastore_service.application.write.behaviours.retry_on_conflict import RetryOnConflict
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Operation
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.import_records import ImportRecords
from datastore_service.application.write.commands.link_records import LinkRecords
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.revert_collection import RevertCollection
from datastore_service.application.write.ports.events import NullEventPublisher
from datastore_service.application.write.ports.imports import Draft, ImportLine
from datastore_service.application.write.units_of_work import StandingClock, UnitsOfWork
from datastore_service.bootstrap import build_mediator
from datastore_service.domain.records.content import GivenContent
from datastore_service.domain.records.record import Record
from datastore_service.infrastructure.database.engine.pools import Engines
from tests.fakes.clock import TickingClock
from tests.fakes.identifiers import CountingIds
from tests.fakes.store import InMemoryStore, InMemoryTransactionFactory

AHEAD = timedelta(milliseconds=80)


@dataclass(slots=True)
class SkewedClock:
    """The clock of a service that is ahead."""

    clock: Clock

    def now(self) -> datetime:
        return self.clock.now() + AHEAD


class Drafts:
    """Takes the lines for drafts as they are."""

    def read(self, line: ImportLine, /) -> Draft:
        return line.content


async def lines(drafts: Sequence[Draft]) -> AsyncIterator[Sequence[ImportLine]]:
    yield [ImportLine(number, draft) for number, draft in enumerate(drafts)]


async def times(engines: Engines, correlation_id: str) -> list[datetime]:
    """Returns the time of each change that was made as a part of a request."""
    statement = "SELECT at FROM revisions WHERE correlation_id = $1"
    return [row["at"] for row in await engines.gathered.fetch(statement, [correlation_id])]


@pytest.fixture
def store(engines: Engines) -> Mediator:
    return build_mediator(engines, Limits())


@pytest.fixture
def ahead(engines: Engines) -> Mediator:
    return build_mediator(engines, Limits(), {Clock: SkewedClock(engines.clock)})


def batch(there: Sequence[UUID]) -> Command[Any]:
    changes = [CreateRecord(payload=1), *(ReplaceRecord(id=one, payload=2) for one in there), CreateRecord(payload=3)]
    return ApplyBatch(operations=[Operation(change=change) for change in changes])


def batch_with_links(there: Sequence[UUID]) -> Command[Any]:
    new = uuid4()
    link = LinkRecords(source=new, relation="to", target=there[0])
    changes = [CreateRecord(id=new, payload=1), link, ReplaceRecord(id=there[0], payload=2), DeleteRecord(id=there[1])]
    return ApplyBatch(operations=[Operation(change=change) for change in changes])


def an_import(there: Sequence[UUID]) -> Command[Any]:
    drafts = [Draft(id=one, collection="default", payload=2, tags=[]) for one in (None, *there, None)]
    return ImportRecords(lines=lines(drafts), reader=Drafts(), on_conflict="replace")


@pytest.mark.parametrize("idempotency_key", [None, IdempotencyKey("key")], ids=["", "with a key"])
@pytest.mark.parametrize("command", [batch, batch_with_links, an_import])
async def test_what_was_changed_later_moves_the_time_of_all_changes(
    engines: Engines,
    store: Mediator,
    ahead: Mediator,
    command: Callable[[Sequence[UUID]], Command[Any]],
    idempotency_key: IdempotencyKey | None,
) -> None:
    there = [await ahead.send(CreateRecord(payload=0)) for _ in range(2)]

    await store.send(
        command([record.id for record in there]), RequestContext(correlation_id="unit", idempotency_key=idempotency_key)
    )

    found = await times(engines, "unit")
    assert len(found) > 2
    assert set(found) == {max(record.updated_at for record in there)}


async def test_a_revert_of_a_collection_has_one_time(engines: Engines, store: Mediator, ahead: Mediator) -> None:
    known = await store.send(CreateRecord(payload=0))
    changed = await store.send(ReplaceRecord(id=known.id, payload=1))
    later = [await ahead.send(CreateRecord(payload=number)) for number in range(3)]

    await store.send(RevertCollection(name="default", as_of=known.created_at), RequestContext(correlation_id="unit"))

    assert changed.record.updated_at < later[-1].updated_at
    assert await times(engines, "unit") == [later[-1].updated_at] * 4


@dataclass(frozen=True, slots=True)
class Together(Command[None]):
    """Adds a record, and then changes one that is only read then."""


class Units:
    """Units of work on the fakes, in which a record was changed later than their clock shows."""

    def __init__(self) -> None:
        self.store = InMemoryStore()
        self.clock = StandingClock(TickingClock())
        transactions, nobody = InMemoryTransactionFactory(self.store, CountingIds()), NullEventPublisher()
        self.units = UnitsOfWork(transactions, nobody, nobody, LocalNotifier())
        self.later = Record.create(
            UUID(int=1), GivenContent(payload=0, tags=()), collection="c", at=self.clock.now() + timedelta(hours=1)
        )
        self.attempts = 0

    async def begin(self) -> None:
        async with self.units() as work:
            await work.records.add(self.later)
            await work.commit()

    async def add_and_change(self, _message: Message[Any] | None = None, /) -> None:
        self.attempts += 1
        async with self.units() as work:
            new = Record.create(UUID(int=2), GivenContent(payload=1, tags=()), collection="c", at=self.clock.now())
            await work.records.add(new)
            record = await work.records.get(self.later.id)
            assert record is not None
            record.replace(GivenContent(payload=2, tags=()), at=self.clock.now())
            await work.records.save(record)
            await work.commit()

    async def read_and_add(self, _message: Message[Any] | None = None, /) -> None:
        self.attempts += 1
        async with self.units() as work:
            new = Record.create(UUID(int=2), GivenContent(payload=1, tags=()), collection="c", at=self.clock.now())
            assert await work.records.get(self.later.id)
            await work.records.add(new)
            await work.commit()


@pytest.mark.parametrize("way", [Units.add_and_change, Units.read_and_add])
async def test_a_command_whose_time_can_no_longer_be_moved_is_carried_out_again_with_a_later_time(
    way: Callable[[Units, Message[Any]], Awaitable[None]],
) -> None:
    units = Units()
    await units.begin()

    await RetryOnConflict()(lambda message: way(units, message), Together())

    assert units.attempts == 2
    assert {record.updated_at for record in units.store.records.values()} == {units.later.updated_at}


async def test_a_command_that_cannot_be_carried_out_again_is_refused_rather_than_split() -> None:
    units = Units()
    await units.begin()

    with pytest.raises(StoreUnavailable) as refusal:
        await units.add_and_change()

    assert refusal.value.gave_way
    assert len(units.store.records) == 1
