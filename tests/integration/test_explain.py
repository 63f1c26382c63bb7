"""Plans of questions: what the indexes are for is served by them."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import pytest
from sqlalchemy import text

from datastore_service.application.fields import Attribute, PayloadPath
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.conditions import AllOf, Comparison, Operator
from datastore_service.application.read.criteria.orders import Order, OrderKey
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.queries.explain_records import ExplainRecords, Explanation
from datastore_service.application.read.queries.list_indexes import ListIndexes
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.write.commands.create_index import CreateIndex
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.drop_index import DropIndex
from datastore_service.bootstrap import build_mediator
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.schema.indexes.building import index_name
from tests.patience import PATIENCE

AGE = PayloadPath(("age",))
PEOPLE = RecordCriteria(collection="people")


@pytest.fixture
async def store(engines: Engines) -> Mediator:
    """A store in which 500 records are many."""
    mediator = build_mediator(engines, Limits(large_collection=500))
    await mediator.send(CreateRecord(collection="people", payload={"age": 0}, tags=["rare"]))
    await mediator.send(CreateRecord(collection="people", payload={"age": 0}, tags=["common"]))
    async with engines.write.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO records (id, collection_id, version, payload, created_at, updated_at) "
                "SELECT gen_random_uuid(), id, 1, jsonb_build_object('age', n), now() - n * interval '1 s', "
                "now() + n * interval '1 s' FROM collections, generate_series(1, 3000) AS n"
            )
        )
        await connection.execute(
            text(
                "INSERT INTO record_tags (record_id, tag_id) SELECT records.id, tags.id FROM records, tags "
                "WHERE tags.name = 'common' ON CONFLICT DO NOTHING"
            )
        )
        # Tests that emptied these tables before have left statistics of their own.
        await connection.execute(text("ANALYZE collections, records, tags, record_tags"))
    return mediator


async def fill_another_collection(store: Mediator, engines: Engines) -> None:
    """Adds as many records to another collection: an index without the collection would read through these too."""
    await store.send(CreateRecord(collection="companies", payload={}))
    async with engines.write.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO records (id, collection_id, version, payload, created_at, updated_at) "
                "SELECT gen_random_uuid(), collections.id, 1, payload, records.created_at, records.updated_at "
                "FROM records, collections WHERE collections.name = 'companies'"
            )
        )
        await connection.execute(text("ANALYZE collections, records"))


async def explained(store: Mediator, criteria: RecordCriteria, *, measured: bool = False) -> Explanation:
    return await store.send(ExplainRecords(criteria=criteria, page=PageRequest(limit=10), measured=measured))


@pytest.mark.parametrize(
    ("criteria", "index"),
    [
        (PEOPLE, "records_collection_id_id_idx"),
        (RecordCriteria(collection="people", order=(OrderKey(Attribute.CREATED_AT),)), "records_collection_id_created"),
        (
            RecordCriteria(collection="people", order=(OrderKey(Attribute.UPDATED_AT, descending=True),)),
            "records_collection_id_updated",
        ),
        (RecordCriteria(collection="people", tags=("rare",)), "record_tags_tag_id_record_id_idx"),
    ],
    ids=["by id", "by created_at", "by updated_at", "by tag"],
)
async def test_what_every_collection_is_asked_for_is_served(
    store: Mediator, engines: Engines, criteria: RecordCriteria, index: str
) -> None:
    await fill_another_collection(store, engines)

    explanation = await explained(store, criteria)

    assert index in explanation.plan
    assert "Sort Key: records" not in explanation.plan or criteria.tags
    assert explanation.advice == []


async def test_the_index_that_is_advised_serves_the_question(store: Mediator) -> None:
    questions = [
        RecordCriteria(collection="people", where=Comparison(AGE, Operator.EQ, 7)),
        RecordCriteria(collection="people", where=Comparison(AGE, Operator.LT, 7)),
        RecordCriteria(collection="people", order=(OrderKey(AGE),)),
        RecordCriteria(collection="people", order=(OrderKey(AGE, descending=True),)),
    ]
    before = [await explained(store, criteria) for criteria in questions]

    await store.send(CreateIndex(collection="people", path="payload.age"))
    async with asyncio.timeout(PATIENCE):
        while (await store.send(ListIndexes(collections=["people"])))["people"][0].state == "building":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    after = [await explained(store, criteria, measured=True) for criteria in questions]
    await store.send(DropIndex(collection="people", path="payload.age"))

    assert [[advice.path for advice in one.advice] for one in before] == [["payload.age"]] * 4
    assert all(index_name(AGE) not in one.plan for one in before)
    assert all(index_name(AGE) in one.plan for one in after)
    assert [one.advice for one in after] == [[]] * 4
    assert all("actual time" in one.plan for one in after)


async def plans_of(engines: Engines, part: str) -> Sequence[tuple[int, int]]:
    """Returns how often each of the statements with this in them was planned for its values, and how often not."""
    pools = (engines.read, engines.planning)
    asked = "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE position($1 IN statement) > 0"
    rows = [row for pool in pools for row in await pool.fetch(asked, [part])]
    return [(row["custom_plans"], row["generic_plans"]) for row in rows if row["custom_plans"] + row["generic_plans"]]


@pytest.mark.parametrize(
    ("operator", "order", "settles"),
    [
        (Operator.EQ, (), True),
        (Operator.GTE, (), False),
        (Operator.EQ, (OrderKey(Attribute.CREATED_AT),), False),
    ],
    ids=["a value", "a range", "a value in another order"],
)
async def test_plans_are_settled_only_where_they_suit_all_values(
    store: Mediator, engines: Engines, operator: Operator, order: Order, settles: bool
) -> None:
    # The engines remember what other tests have asked.
    path = PayloadPath((uuid4().hex,))
    criteria = RecordCriteria(collection="people", where=AllOf((Comparison(path, operator, 7),)), order=order)

    for _ in range(9):
        await store.send(ListRecords(criteria=criteria, page=PageRequest(limit=10)))

    ((custom, generic),) = await plans_of(engines, path.steps[0])
    assert (generic > 0) is settles
    assert custom + generic == 9
