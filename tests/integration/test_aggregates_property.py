"""PostgreSQL aggregates and searches as the in-memory reader does, whatever the records and the question."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import count, pairwise, takewhile
from typing import Final
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datastore_service.application.fields import Attribute, Field
from datastore_service.application.json_codec import decode
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.aggregates import (
    AggregateCriteria,
    Aggregates,
    Function,
    Group,
    Measure,
)
from datastore_service.application.read.criteria.conditions import Condition
from datastore_service.application.read.criteria.evaluation import MISSING, Value
from datastore_service.application.read.criteria.orders import OrderKey, key_of, precedes
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.queries.aggregate_records import AggregateRecords
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.domain.json_value import Json, exact_number
from tests.fakes.aggregates import NOBODY, identity
from tests.profiles import costly
from tests.question_strategies import conditions, paths, payloads

COLLECTIONS: Final = count()
IDS: Final = count(1)
some = settings(max_examples=costly(30), suppress_health_check=[HealthCheck.function_scoped_fixture])

places = paths().filter(lambda path: not path.as_time)
fields: st.SearchStrategy[Field] = paths() | st.sampled_from([Attribute.TAGS, Attribute.VERSION])
measures = (
    st.just(Measure(Function.COUNT))
    | st.builds(Measure, st.just(Function.COUNT), fields)
    | st.builds(Measure, st.sampled_from([Function.SUM, Function.AVG]), places | st.just(Attribute.VERSION))
    | st.builds(Measure, st.sampled_from([Function.MIN, Function.MAX]), paths() | st.just(Attribute.VERSION))
)
WORDS: Final = ["red", "green", "blue"]
terms = st.sampled_from([*WORDS, *(f"-{word}" for word in WORDS), '"red green"', '-"green blue"'])
searches = st.lists(st.lists(terms, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=2).map(" OR ".join)
texts = st.lists(st.sampled_from([*WORDS, "Red,", "bluegreen"]), max_size=4).map(" ".join)


async def stored(stores: Sequence[Mediator], values: Sequence[Json]) -> str:
    """Creates the same records everywhere, in a collection of their own."""
    collection = f"a{next(COLLECTIONS)}"
    for index, payload in enumerate(values):
        tags = [tag for bit, tag in enumerate("ab") if index & 1 << bit]
        record_id = UUID(int=next(IDS) << 64)
        for store in stores:
            await store.send(CreateRecord(id=record_id, collection=collection, payload=payload, tags=tags))
    return collection


@some
@given(
    values=st.lists(payloads(), max_size=8),
    group_by=st.lists(fields, max_size=2, unique=True).map(tuple),
    wanted=st.lists(measures, min_size=1, max_size=4),
    where=st.none() | conditions(),
)
async def test_aggregates_the_same(
    mediator: Mediator,
    sql_mediator: Mediator,
    values: list[Json],
    group_by: tuple[Field, ...],
    wanted: list[Measure],
    where: Condition | None,
) -> None:
    collection = await stored([mediator, sql_mediator], values)
    asked = AggregateCriteria(
        records=RecordCriteria(collection=collection, where=where),
        group_by=group_by,
        measures={str(place): measure for place, measure in enumerate(wanted)},
        limit=1000,
    )

    expected = await mediator.send(AggregateRecords(asked=asked))
    found = await sql_mediator.send(AggregateRecords(asked=asked))

    assert by_key(found, wanted) == by_key(expected, wanted)
    # Tags have an order of their own, and what comes behind them is ordered within theirs.
    order = tuple(OrderKey(field) for field in takewhile(lambda field: field is not Attribute.TAGS, group_by))
    places = [sort_key(group, order) for group in found.groups]
    assert not any(precedes(order, (after, NOBODY), (before, NOBODY)) for before, after in pairwise(places))


@some
@given(
    values=st.lists(texts | st.lists(texts, max_size=2) | st.fixed_dictionaries({"red": texts}), max_size=6),
    wanted=st.lists(searches, min_size=1, max_size=4),
)
async def test_finds_the_same(
    mediator: Mediator, sql_mediator: Mediator, values: list[Json], wanted: list[str]
) -> None:
    collection = await stored([mediator, sql_mediator], values)

    for search in wanted:
        listed = ListRecords(
            criteria=RecordCriteria(collection=collection, search=search), page=PageRequest(limit=1000)
        )
        expected, found = await mediator.send(listed), await sql_mediator.send(listed)

        assert {record.id for record in found.items} == {record.id for record in expected.items}, search


def by_key(aggregates: Aggregates, wanted: Sequence[Measure]) -> dict[str, list[str]]:
    return {
        " ".join(f"{field}={identity(decode(value.encode()))}" for field, value in sorted(group.key.items())): [
            measured(decode(value.encode()), measure)
            for value, measure in zip(group.measures.values(), wanted, strict=True)
        ]
        for group in aggregates.groups
    }


def measured(value: Json, measure: Measure) -> str:
    """Returns a value as far as it is exact: averages are so to fifteen digits, and long texts to their keys."""
    if measure.function is Function.AVG and isinstance(value, int | float | Decimal):
        return f"{exact_number(value):.14e}"
    return identity(key_of(value))


def sort_key(group: Group, order: Sequence[OrderKey]) -> list[Value]:
    given = [group.key.get(str(key.field)) for key in order]
    return [MISSING if value is None else key_of(decode(value.encode())) for value in given]
