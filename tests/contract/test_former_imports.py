"""Imports that a release before December 2026 began, which kept no digest of lines: on the fakes and on PostgreSQL."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest

from datastore_service.application.errors import ImportNameTaken
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.write.commands.import_records import ImportRecords
from datastore_service.application.write.ports.imports import Draft, ImportLine, ImportProgress
from datastore_service.application.write.ports.unit_of_work import TransactionFactory
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.write.transaction import SqlTransactionFactory
from tests.fakes.application import in_memory_application
from tests.fakes.identifiers import CountingIds
from tests.fakes.store import InMemoryStore, InMemoryTransactionFactory

AT = datetime(2026, 1, 1, tzinfo=UTC)

type Store = tuple[Mediator, TransactionFactory]


@pytest.fixture(params=["fakes", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "fakes":
        memory = InMemoryStore()
        return in_memory_application(store=memory).mediator, InMemoryTransactionFactory(memory, CountingIds())
    engines: Engines = request.getfixturevalue("engines")
    begin = SqlTransactionFactory(engines.write, CountingIds(), engines.clock, engines.clock)
    return request.getfixturevalue("sql_mediator"), begin


class Drafts:
    """Takes the lines for payloads as they are."""

    def read(self, line: ImportLine, /) -> Draft:
        return Draft(payload=line.content)


async def lines() -> AsyncIterator[Sequence[ImportLine]]:
    yield [ImportLine(number, number, str(number).encode()) for number in (1, 2, 3)]


async def begun(store: Store, *, name: str = "former", mark: str = "former mark", finished: bool = False) -> None:
    """Leaves what a former release has left of an import whose first two lines are stored."""
    done = ImportProgress(lines=2, created=2, finished=finished)
    async with store[1]() as work:
        await work.imports.begin(name, [mark], AT)
        await work.imports.advance(name, ImportProgress(), done, AT)
        await work.commit()


async def imported(store: Store, *, name: str = "new", again: bool = False) -> ImportProgress:
    return await store[0].send(
        ImportRecords(
            lines=lines(),
            reader=Drafts(),
            name=name,
            mark="mark",
            former_name="former",
            former_marks=["former mark"],
            again=again,
        )
    )


async def payloads_in(store: Store) -> list[str]:
    return sorted(record.payload for record in (await store[0].send(ListRecords(page=PageRequest(limit=10)))).items)


async def test_goes_on_with_what_was_interrupted_under_its_former_name(store: Store) -> None:
    await begun(store)

    done, once_more = await imported(store), await imported(store)

    assert (done.resumed_after, done.lines, done.created, done.finished) == (2, 3, 3, True)
    assert once_more.resumed_after == 3
    assert await payloads_in(store) == ["3"]


async def test_another_import_is_not_taken_for_it(store: Store) -> None:
    await begun(store, mark="of other options")

    done = await imported(store)

    assert done.resumed_after == 0
    assert await payloads_in(store) == ["1", "2", "3"]


async def test_an_import_under_the_new_name_comes_first(store: Store) -> None:
    await imported(store)
    await begun(store)

    again = await imported(store)

    assert again.resumed_after == 3
    assert await payloads_in(store) == ["1", "2", "3"]


@pytest.mark.parametrize("name", ["new", "former"])
async def test_what_was_finished_is_done_again_only_when_that_is_said(store: Store, name: str) -> None:
    await begun(store, finished=True)

    with pytest.raises(ImportNameTaken, match="--again") as refusal:
        await imported(store, name=name)
    nothing = await payloads_in(store)
    done = await imported(store, name=name, again=True)

    assert (refusal.value.code, nothing) == (ImportNameTaken.code, [])
    assert (done.resumed_after, done.created) == (0, 3)
    assert await payloads_in(store) == ["1", "2", "3"]
