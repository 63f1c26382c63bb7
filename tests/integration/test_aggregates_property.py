"""PostgreSQL aggregates and searches as the in-memory reader does, whatever the records and the question."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from itertools import count, pairwise, takewhile
from typing import Final
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datastore_service.application.fields import Attribute, Field, PayloadPath
from datastore_service.application.json_codec import decode
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.aggregates import (
    AggregateCriteria,
    Aggregates,
    Function,
    Group,
    GroupOrder,
    Measure,
)
from datastore_service.application.read.criteria.conditions import Condition
from datastore_service.application.read.criteria.evaluation import MISSING, Value
from datastore_service.application.read.criteria.group_keys import GroupKey, Period, Unit
from datastore_service.application.read.criteria.orders import key_of
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.queries.aggregate_records import AggregateRecords
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.times import timestamp
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.domain.json_value import Json, exact_number
from tests.fakes.aggregates import comes_before, identity
from tests.profiles import costly
from tests.question_strategies import TIMES, conditions, paths, payloads

COLLECTIONS: Final = count()
IDS: Final = count(1)
some = settings(max_examples=costly(30), suppress_health_check=[HealthCheck.function_scoped_fixture])

places = paths().filter(lambda path: not path.as_time)
fields: st.SearchStrategy[Field] = paths() | st.sampled_from([Attribute.TAGS, Attribute.VERSION])
measures = (
    st.just(Measure(Function.COUNT))
    | st.builds(Measure, st.sampled_from([Function.COUNT, Function.COUNT_DISTINCT]), fields)
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


ZONES: Final = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]
ZONED: Final = ["2026-03-29T00:59:59Z", "2026-10-25T00:30:00Z", "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z"]
moments = st.datetimes(timezones=st.just(UTC)).map(timestamp) | st.sampled_from([*TIMES, *ZONED])
periods = st.builds(
    Period,
    st.sampled_from([PayloadPath(as_time=True), PayloadPath(("a",), as_time=True), Attribute.DELETED_AT]),
    st.sampled_from(Unit),
)


@st.composite
def questions(draw: st.DrawFn, keys: st.SearchStrategy[GroupKey]) -> AggregateCriteria:
    group_by = draw(st.lists(keys, max_size=2, unique=True).map(tuple))
    wanted = {str(place): each for place, each in enumerate(draw(st.lists(measures, min_size=1, max_size=4)))}
    # How the database rounds averages is not what is compared, nor the order of tags.
    ordered = [name for name, each in wanted.items() if each.function is not Function.AVG]
    ordered += [str(key) for key in group_by if key is not Attribute.TAGS]
    orders = st.lists(st.builds(GroupOrder, st.sampled_from(ordered), st.booleans()), max_size=2)
    return AggregateCriteria(
        group_by=group_by,
        time_zone=draw(st.sampled_from(ZONES)),
        measures=wanted,
        order=tuple(draw(orders)) if ordered else (),
        limit=1000,
    )


@some
@given(
    values=st.lists(payloads() | moments | moments.map(lambda moment: {"a": moment}), max_size=8),
    question=questions(fields | periods),
    where=st.none() | conditions(),
    limit=st.integers(1, 3),
)
async def test_aggregates_the_same(
    mediator: Mediator,
    sql_mediator: Mediator,
    values: list[Json],
    question: AggregateCriteria,
    where: Condition | None,
    limit: int,
) -> None:
    collection = await stored([mediator, sql_mediator], values)
    asked = replace(question, records=RecordCriteria(collection=collection, where=where))
    wanted = [*asked.measures.values()]

    expected = await mediator.send(AggregateRecords(asked=asked))
    found = await sql_mediator.send(AggregateRecords(asked=asked))
    first = await sql_mediator.send(AggregateRecords(asked=replace(asked, limit=limit)))

    assert by_key(found, wanted) == by_key(expected, wanted)
    order = [*asked.order, *(GroupOrder(str(key)) for key in asked.group_by)]
    # What has an order that this one does not know is not compared, and neither is what comes behind it.
    known = [*takewhile(lambda key: key.name != str(Attribute.TAGS), order)]
    for before, after in pairwise(map(places_of, found.groups)):
        assert not comes_before([*compared(known, before, after)], after, before)
    assert (first.groups, first.truncated) == (found.groups[:limit], len(found.groups) > limit)


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


def places_of(group: Group) -> Mapping[str, Value]:
    return defaultdict(
        lambda: MISSING, {name: decode(text.encode()) for name, text in {**group.measures, **group.key}.items()}
    )


def compared(order: Sequence[GroupOrder], one: Mapping[str, Value], other: Mapping[str, Value]) -> Iterator[GroupOrder]:
    """Yields the keys of an order, up to one that tells arrays or objects apart."""
    for key in order:
        yield key
        left, right = one[key.name], other[key.name]
        if isinstance(left, list | dict) and type(left) is type(right) and identity(left) != identity(right):
            return
