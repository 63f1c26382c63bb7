"""Indexes on payloads: on the fakes and on PostgreSQL."""

import asyncio

import pytest

from datastore_service.application.mediator import Mediator
from datastore_service.application.read.queries.list_indexes import ListIndexes
from datastore_service.application.views import IndexView
from datastore_service.application.write.commands.create_index import CreateIndex
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.drop_index import DropIndex
from datastore_service.domain.errors import CollectionNotFound, IndexNotFound, InvalidValue

STRANGE = r"""payload."it's \"quoted\" \\ %s %(x)s $1 :a {b,c} é \n"[0]"""


async def indexes_of(store: Mediator, collection: str) -> list[IndexView]:
    return list((await store.send(ListIndexes(collections=[collection])))[collection])


async def ready(store: Mediator, collection: str, path: str) -> IndexView:
    """Creates an index and waits until it is built."""
    index = await store.send(CreateIndex(collection=collection, path=path))
    for _ in range(500):
        if index.state != "building":
            break
        await asyncio.sleep(0.05)
        (index,) = [one for one in await indexes_of(store, collection) if one.path == index.path]
    assert index.state == "ready"
    return index


@pytest.mark.parametrize("path", ["payload.age", "payload.address.city", "payload.born::time", "payload[0]", STRANGE])
async def test_builds_lists_and_drops_an_index(store: Mediator, path: str) -> None:
    await store.send(CreateRecord(collection="people", payload={"age": 36}))

    index = await ready(store, "people", path)

    assert index.collection == "people"
    assert [(one.path, one.state) for one in await indexes_of(store, "people")] == [(index.path, "ready")]
    await store.send(DropIndex(collection="people", path=path))
    assert await indexes_of(store, "people") == []
    with pytest.raises(IndexNotFound):
        await store.send(DropIndex(collection="people", path=path))


async def test_an_index_that_is_there_stays(store: Mediator) -> None:
    await store.send(CreateRecord(collection="people", payload={}))
    await ready(store, "people", "payload.age")

    again = await store.send(CreateIndex(collection="people", path="payload.age"))

    assert again.state == "ready"
    assert len(await indexes_of(store, "people")) == 1
    await store.send(DropIndex(collection="people", path="payload.age"))


async def test_collections_have_their_indexes_apart(store: Mediator) -> None:
    for collection in ("people", "cats"):
        await store.send(CreateRecord(collection=collection, payload={}))
        await ready(store, collection, "payload.age")

    await store.send(DropIndex(collection="people", path="payload.age"))

    assert await indexes_of(store, "people") == []
    assert [index.state for index in await indexes_of(store, "cats")] == ["ready"]
    await store.send(DropIndex(collection="cats", path="payload.age"))


async def test_only_places_in_payloads_of_collections_have_indexes(store: Mediator) -> None:
    await store.send(CreateRecord(collection="people", payload={}))

    for path in ("version", "payload", "payload.", "age", ""):
        with pytest.raises(InvalidValue) as refused:
            await store.send(CreateIndex(collection="people", path=path))
        assert refused.value.pointer == "/path"
    with pytest.raises(CollectionNotFound):
        await store.send(CreateIndex(collection="nobody", path="payload.age"))
    assert await store.send(ListIndexes(collections=["nobody"])) == {}
