"""Reads by id that wait at the same moment share a statement, and know nothing of each other."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.views import RecordView
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.domain.errors import RecordDeleted, RecordNotFound
from datastore_service.infrastructure.database.engine.pool import Rows
from datastore_service.infrastructure.database.engine.pools import Engines
from tests.statements import statements_of


async def made(mediator: Mediator, number: int) -> list[UUID]:
    return [(await mediator.send(CreateRecord(payload=payload))).id for payload in range(number)]


async def read(mediator: Mediator, *record_ids: UUID) -> list[RecordView | BaseException]:
    """Asks for all of them at the same moment."""
    return await asyncio.gather(*(mediator.send(GetRecord(id=each)) for each in record_ids), return_exceptions=True)


async def test_each_has_its_own_answer_from_one_statement(engines: Engines, sql_mediator: Mediator) -> None:
    first, second, deleted = await made(sql_mediator, 3)
    await sql_mediator.send(DeleteRecord(id=deleted))

    with statements_of(engines) as statements:
        found = await read(sql_mediator, second, uuid4(), first, deleted, second)

    assert [type(each) for each in found] == [RecordView, RecordNotFound, RecordView, RecordDeleted, RecordView]
    assert [each.payload for each in found if isinstance(each, RecordView)] == ["1", "0", "1"]
    assert len(statements) == 1


async def test_what_was_committed_before_is_seen_while_another_statement_is_under_way(sql_mediator: Mediator) -> None:
    (record,) = await made(sql_mediator, 1)
    for _ in range(20):
        before = [asyncio.ensure_future(read(sql_mediator, record)) for _ in range(3)]
        await asyncio.sleep(0)
        (added,) = await made(sql_mediator, 1)

        assert [type(each) for each in await read(sql_mediator, added)] == [RecordView]
        await asyncio.gather(*before)


async def test_who_is_cancelled_takes_nothing_from_the_others(engines: Engines, sql_mediator: Mediator) -> None:
    first, second = await made(sql_mediator, 2)
    leaving = asyncio.ensure_future(read(sql_mediator, first))
    staying = asyncio.ensure_future(read(sql_mediator, second))
    while not engines.keyed.connections.in_use:  # noqa: ASYNC110 - the pool tells nobody
        await asyncio.sleep(0)

    leaving.cancel()

    (found,) = await staying
    assert isinstance(found, RecordView)
    assert leaving.cancelled()


async def test_all_are_told_that_the_store_is_away(
    engines: Engines, sql_mediator: Mediator, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = await made(sql_mediator, 3)

    async def refuse(_text: str, _arguments: Sequence[object]) -> Rows:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(engines.keyed, "fetch", refuse)
        told = await read(sql_mediator, *records)

    assert [type(each) for each in told] == [StoreUnavailable] * 3
    assert all(isinstance(each, RecordView) for each in await read(sql_mediator, *records))
