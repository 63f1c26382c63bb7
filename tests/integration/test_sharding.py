"""What adr/0020 says of sharding: a record is whole on one shard, and lists of shards can be merged."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from heapq import merge
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.pagination import Cursor, PageRequest
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.bootstrap import build_mediator
from datastore_service.config.loader import load_settings
from datastore_service.database import open_database
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.system import Uuid7Generator


@dataclass(frozen=True, slots=True)
class Shards:
    """A router as one would put in front: one mediator a shard, chosen by the record's id."""

    mediators: Sequence[Mediator]

    def of(self, record_id: UUID) -> Mediator:
        return self.mediators[record_id.int % len(self.mediators)]

    async def ids(self, limit: int, after: UUID | None = None) -> list[UUID]:
        request = PageRequest(limit=limit, after=None if after is None else Cursor(after))
        pages = [await mediator.send(ListRecords(page=request)) for mediator in self.mediators]
        return list(merge(*([record.id for record in page.items] for page in pages)))[:limit]


@pytest.fixture
async def shards(engines: Engines, sql_mediator: Mediator) -> AsyncGenerator[Shards]:
    admin = create_async_engine(engines.write.url, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text("CREATE DATABASE second_shard"))
    url = engines.write.url.set(database="second_shard").render_as_string()
    async with open_database(load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": url})) as second:
        yield Shards([sql_mediator, build_mediator(second, Limits())])
    async with admin.connect() as connection:
        await connection.execute(text("DROP DATABASE second_shard"))
    await admin.dispose()


async def test_a_record_lives_on_the_shard_of_its_id_alone(shards: Shards) -> None:
    ids = [Uuid7Generator().new_id() for _ in range(20)]
    for number, record_id in enumerate(ids):
        await shards.of(record_id).send(CreateRecord(id=record_id, payload=number, tags=["shared"]))
        await shards.of(record_id).send(ReplaceRecord(id=record_id, payload=-number, tags=["shared"]))

    first_page = await shards.ids(limit=12)
    second_page = await shards.ids(limit=12, after=first_page[-1])

    assert {shards.of(record_id) for record_id in ids} == set(shards.mediators)
    assert [(await shards.of(record_id).send(GetRecord(id=record_id))).payload for record_id in ids] == [
        str(-number) for number in range(20)
    ]
    assert first_page + second_page == sorted(ids)
