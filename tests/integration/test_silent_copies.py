"""Connections that fall silent in the middle of what is written or exported."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import override
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.limits import Limits
from datastore_service.application.read.queries.export_records import ExportRecords
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Operation
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.bootstrap import build_mediator
from datastore_service.config.settings import Settings
from datastore_service.database import open_database
from datastore_service.infrastructure.database.engine.pools import Engines
from tests.chaos.wire import Wire, a_wire


class LosingWire(Wire):
    """Falls silent behind the first bytes after what it looks for on the way to PostgreSQL, once it is told to."""

    is_losing = False
    looks_for = b"COPY "
    passes = 0

    @override
    def passing(self, piece: bytes) -> bytes:
        found = piece.find(self.looks_for)
        if found < 0 or not self.is_losing:
            return piece
        self.is_losing = False
        self.swallow()
        return piece[: found + len(self.looks_for) + self.passes]


@pytest.fixture
async def wire(database_url: str) -> AsyncGenerator[Wire]:
    place = parse_qs(urlsplit(database_url).query)
    async with a_wire(Path(place["host"][0]) / f".s.PGSQL.{place['port'][0]}", LosingWire) as wire:
        yield wire


@pytest.fixture
async def over_wire(sql_settings: Settings, wire: Wire, engines: Engines) -> AsyncGenerator[Engines]:
    """The pools of a service that gives up connections which are silent for a second."""
    assert engines
    database = {"url": SecretStr(wire.url), "silence_timeout": 1.0, "read_pool_size": 2}
    settings = sql_settings.model_copy(update={"database": sql_settings.database.model_copy(update=database)})
    async with open_database(settings) as over_wire:
        yield over_wire


@pytest.mark.parametrize(
    ("looks_for", "passes"),
    [(b"json_to_recordset", 0), (b'"record_id"', 0), (b'"record_id"', 40)],
    ids=["the statement", "all of its data", "the end of its data"],
)
async def test_a_write_that_is_lost_is_given_up(
    over_wire: Engines, wire: LosingWire, looks_for: bytes, passes: int
) -> None:
    mediator = build_mediator(over_wire, Limits())
    # They are of a collection that is new, and so written with locks.
    batch = ApplyBatch(
        operations=[Operation(change=CreateRecord(collection="new", payload=number)) for number in range(10)]
    )
    wire.looks_for, wire.passes, wire.is_losing = looks_for, passes, True

    async with asyncio.timeout(15):
        with pytest.raises(StoreUnavailable):
            await mediator.send(batch)
        await mediator.send(batch)
    assert not wire.is_losing


async def test_an_export_that_is_lost_is_given_up(over_wire: Engines, wire: LosingWire) -> None:
    mediator = build_mediator(over_wire, Limits())
    await mediator.send(CreateRecord(payload=1))
    wire.is_losing = True

    async with asyncio.timeout(15):
        with pytest.raises(StoreUnavailable):
            await mediator.send(ExportRecords())


async def test_a_service_whose_connections_are_silent_stops_all_the_same(
    sql_settings: Settings, wire: Wire, engines: Engines
) -> None:
    assert engines
    database = {"url": SecretStr(wire.url), "silence_timeout": 1.0}
    settings = sql_settings.model_copy(update={"database": sql_settings.database.model_copy(update=database)})

    async with AsyncExitStack() as stack:
        over_wire = await stack.enter_async_context(open_database(settings))
        await build_mediator(over_wire, Limits()).send(CreateRecord(collection="new", payload=1))
        wire.swallow()
        async with asyncio.timeout(25):
            await stack.aclose()


async def test_an_export_that_its_client_takes_slowly_is_waited_for(over_wire: Engines) -> None:
    """PostgreSQL has sent all of it by then, and the rest waits in the sockets."""
    mediator = build_mediator(over_wire, Limits())
    made = [Operation(change=CreateRecord(payload="x" * 10_000)) for _ in range(100)]
    await mediator.send(ApplyBatch(operations=made))

    pieces: list[bytes] = []
    async for piece in await mediator.send(ExportRecords()):
        if not pieces:
            await asyncio.sleep(4)
        pieces.append(piece)

    assert b"".join(pieces).count(b"\n") == 100
