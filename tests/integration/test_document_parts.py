"""The documents of a collection are read in parts, under one snapshot."""

import asyncio
from contextlib import aclosing
from uuid import UUID, uuid4

import pytest

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.mediator import Mediator
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.domain.json_value import Json
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.read.readers.documents import SqlDocumentReader
from tests.patience import PATIENCE


async def create(mediator: Mediator, collection: str, payload: Json) -> UUID:
    return (await mediator.send(CreateRecord(payload=payload, collection=collection))).id


async def test_what_is_written_meanwhile_is_in_no_part(sql_mediator: Mediator, engines: Engines) -> None:
    collection = f"parts-{uuid4()}"
    ids = [await create(sql_mediator, collection, number) for number in range(5)]
    reader = SqlDocumentReader(engines.read)

    found: list[list[UUID]] = []
    times = set[object]()
    async with aclosing(reader.parts(collection, 2)) as parts:
        async for part in parts:
            found.append([document.id for document in part.documents])
            times.add(part.as_of)
            await create(sql_mediator, collection, "late")

    assert [each for each in found if each] == [ids[:2], ids[2:4], ids[4:]]
    assert len(times) == 1


async def test_a_part_of_large_documents_ends_early(sql_mediator: Mediator, engines: Engines) -> None:
    collection = f"parts-{uuid4()}"
    for _ in range(7):
        await create(sql_mediator, collection, "x" * 1_000_000)

    async with aclosing(SqlDocumentReader(engines.read).parts(collection, 1000)) as parts:
        sizes = [len(part.documents) async for part in parts]

    assert sum(sizes) == 7
    assert max(sizes) <= 5


async def test_a_collection_without_records_has_one_empty_part(engines: Engines) -> None:
    async with aclosing(SqlDocumentReader(engines.read).parts(f"parts-{uuid4()}", 10)) as parts:
        assert [len(part.documents) async for part in parts] == [0]


async def test_one_reading_is_under_way_at_a_time_and_one_that_is_given_up_makes_room(
    sql_mediator: Mediator, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = f"parts-{uuid4()}"
    await create(sql_mediator, collection, 1)
    reader = SqlDocumentReader(engines.read)
    first = reader.parts(collection, 1)
    assert len((await anext(first)).documents) == 1

    second = reader.parts(collection, 1)
    with monkeypatch.context() as impatient:
        impatient.setattr(engines.read, "patience", 0.01)
        with pytest.raises(StoreUnavailable, match="one is at a time"):
            await anext(second)

    third = reader.parts(collection, 1)
    waiting = asyncio.ensure_future(anext(third))
    await first.aclose()
    async with asyncio.timeout(PATIENCE):
        assert len((await waiting).documents) == 1
    await third.aclose()
