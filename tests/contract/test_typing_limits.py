"""How many typed collections there may be: on the fakes and on PostgreSQL."""

import pytest

from datastore_service.application.limits import Limits
from datastore_service.application.write.commands.put_collection import PutCollection
from datastore_service.domain.json_value import Json
from datastore_service.domain.typed.errors import SchemaTooLarge
from datastore_service.domain.typed.limits import TypingLimits
from datastore_service.domain.typed.model import CollectionApi
from tests.fixtures import MakeStore

SCHEMA: Json = {"type": "object", "properties": {"name": {"type": "string"}}}
WITH_TITLE: Json = {**SCHEMA, "title": "People"}


async def test_no_more_collections_are_typed_than_there_may_be(make_store: MakeStore) -> None:
    store = make_store(limits=Limits(typing=TypingLimits(max_collections=1)))
    person = CollectionApi.of("people", type_name="Person", node="typed")
    place = CollectionApi.of("places", type_name="Place", node="typed")
    await store.send(PutCollection(name="people", schema=SCHEMA, api=person))
    await store.send(PutCollection(name="places", schema=SCHEMA))

    for name in ("places", "new"):
        with pytest.raises(SchemaTooLarge, match="There is 1 typed collection already; there may be 1"):
            await store.send(PutCollection(name=name, schema=SCHEMA, api=place))

    changed = await store.send(PutCollection(name="people", schema=WITH_TITLE, api=person))
    assert changed.collection.version == 2
    await store.send(PutCollection(name="people", schema=SCHEMA, api=None))
    assert (await store.send(PutCollection(name="places", schema=SCHEMA, api=place))).collection.version == 2
