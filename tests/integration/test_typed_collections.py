"""The typed collections, as PostgreSQL holds them."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from datastore_service.application.limits import Limits
from datastore_service.application.read.ports.typed_collections import TypedState
from datastore_service.domain.typed.model import CollectionApi
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.read.readers.typed_collections import SqlTypedCollections

SINCE = datetime(2026, 12, 1, tzinfo=UTC)
ADD = text("""
INSERT INTO collections (id, name, created_at, updated_at, version, schema, api, typed_since, schema_number)
VALUES (gen_random_uuid(), :name, :since, :since, 3, CAST(:schema AS jsonb), CAST(:api AS jsonb), :since, :number)
RETURNING id
""")
OBJECT = '{"type": "object", "properties": {"name": {"type": "string"}}}'


async def add(engines: Engines, name: str, type_name: str, number: int, schema: str = OBJECT) -> UUID:
    api = f'{{"type": "{type_name}", "one": "{name}One", "many": "{name}", "node": "typed"}}'
    values = {"name": name, "since": SINCE, "schema": schema, "api": api, "number": number}
    async with engines.write.begin() as connection:
        return await connection.scalar(ADD, values)


async def test_there_are_none_at_first(engines: Engines) -> None:
    typed = SqlTypedCollections(engines.read, Limits())

    assert (await typed.current(), await typed.number()) == (TypedState(0, []), 0)


async def test_the_state_has_each_with_its_types_and_maps_what_stayed_only_once(engines: Engines) -> None:
    typed = SqlTypedCollections(engines.read, Limits())
    people = await add(engines, "people", "Person", 1)
    async with engines.write.begin() as connection:
        await connection.execute(text("INSERT INTO schema_state (number) VALUES (2)"))
    before = await typed.current()
    await add(engines, "companies", "Company", 3)

    now = await typed.current()

    assert (now.number, await typed.number()) == (2, 2)
    assert [(each.name, each.schema_number, each.version) for each in now.collections] == [
        ("companies", 3, 3),
        ("people", 1, 3),
    ]
    [_, entry] = now.collections
    assert (entry.id, entry.typed_since) == (people, SINCE)
    assert entry.collection.api == CollectionApi(type="Person", one="peopleOne", many="people")
    assert [member.name for member in entry.collection.root.members] == ["name"]
    assert entry.collection is before.collections[0].collection


async def test_one_that_this_release_has_no_types_for_is_left_out(engines: Engines) -> None:
    await add(engines, "broken", "Broken", 1, schema='{"type": "string"}')
    await add(engines, "people", "Person", 2)

    state = await SqlTypedCollections(engines.read, Limits()).current()

    assert [each.name for each in state.collections] == ["people"]
