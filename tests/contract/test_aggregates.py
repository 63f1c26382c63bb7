"""Search and aggregates, in any store."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from datastore_service.application.fields import Attribute, read_field
from datastore_service.application.json_codec import decode
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.aggregates import (
    AggregateCriteria,
    Function,
    GroupOrder,
    Measure,
    group_order,
)
from datastore_service.application.read.criteria.group_keys import read_group_key
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.queries.aggregate_records import AggregateRecords
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.read.queries.project_record import ProjectRecord
from datastore_service.application.read.queries.project_records import ProjectRecords
from datastore_service.application.times import timestamp
from datastore_service.application.views import ProjectedRecord
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.domain.errors import InvalidValue, RecordDeleted, RecordNotFound, RevisionNotFound
from datastore_service.domain.json_value import Json

PEOPLE: list[Json] = [
    {"name": "Ada", "city": "London", "age": 36},
    {"name": "Alan", "city": "London", "age": 41.5},
    {"name": "Grace", "city": "Arlington", "age": 10**30},
    {"name": "Mary", "city": None, "age": "old"},
    {"name": "Emmy", "age": None},
]


async def filled(store: Mediator, payloads: list[Json]) -> Mediator:
    for payload in payloads:
        await store.send(CreateRecord(collection="people", payload=payload))
    return store


async def aggregated(
    store: Mediator,
    group_by: list[str],
    *,
    limit: int = 100,
    sort: Sequence[str] = (),
    time_zone: str = "UTC",
    as_of: datetime | None = None,
    **measures: tuple[str, str | None],
) -> list[Any]:
    keys = tuple(read_group_key(name, "") for name in group_by)
    asked = AggregateCriteria(
        records=RecordCriteria(collection="people", as_of=as_of),
        group_by=keys,
        time_zone=time_zone,
        order=tuple(
            group_order(name.removeprefix("-"), keys, measures, "", descending=name.startswith("-")) for name in sort
        ),
        measures={
            name: Measure(Function(function), None if field is None else read_field(field, ""))
            for name, (function, field) in measures.items()
        },
        limit=limit,
    )
    found = await store.send(AggregateRecords(asked=asked))
    assert found.truncated is (len(found.groups) == limit)
    return [
        (
            {name: decode(value.encode()) for name, value in group.key.items()},
            *(decode(value.encode()) for value in group.measures.values()),
        )
        for group in found.groups
    ]


async def test_works_out_what_is_asked_for(store: Mediator) -> None:
    await filled(store, PEOPLE)

    (everyone,) = await aggregated(
        store,
        [],
        n=("count", None),
        ages=("count", "payload.age"),
        sum=("sum", "payload.age"),
        avg=("avg", "payload.age"),
        min=("min", "payload.age"),
        max=("max", "payload.age"),
    )

    assert everyone[:4] == ({}, 5, 5, Decimal("1000000000000000000000000000077.5"))
    assert round(everyone[4]) == 333333333333333333333333333359
    assert everyone[5:] == ("old", 10**30)


async def test_groups_in_the_order_of_values_with_null_apart_from_missing(store: Mediator) -> None:
    await filled(store, PEOPLE)

    groups = await aggregated(store, ["payload.city"], n=("count", None), oldest=("max", "payload.name"))

    assert groups == [
        ({"payload.city": None}, 1, "Mary"),
        ({"payload.city": "Arlington"}, 1, "Grace"),
        ({"payload.city": "London"}, 2, "Alan"),
        ({}, 1, "Emmy"),
    ]
    assert len(await aggregated(store, ["payload.city", "collection"], limit=2, n=("count", None))) == 2


async def test_takes_equal_numbers_for_one_group(store: Mediator) -> None:
    await filled(store, [{"a": 1}, {"a": 1.0}, {"a": "1"}, {"a": [1]}, {"a": [1.0]}])

    groups = await aggregated(store, ["payload.a"], n=("count", None))

    assert groups == [({"payload.a": "1"}, 1), ({"payload.a": 1}, 2), ({"payload.a": [1]}, 2)]


async def test_works_out_times_and_versions(store: Mediator) -> None:
    await filled(store, [{"at": "2026-01-01T00:00:00+01:00"}, {"at": "2025-12-31T23:30:00Z"}, {"at": "never"}])

    (found,) = await aggregated(
        store,
        [],
        first=("min", "payload.at::time"),
        times=("count", "payload.at::time"),
        versions=("sum", "version"),
        last=("max", "created_at"),
    )

    assert found[1:4] == ("2025-12-31T23:00:00.000000Z", 2, 3)
    assert await aggregated(store, ["payload.nothing"], n=("sum", "payload.nothing")) == [({}, None)]


SALES: list[Json] = [
    {"city": "Rome", "price": 1},
    {"city": "Oslo", "price": 5},
    {"city": "Oslo", "price": 0.5},
    {"city": "Bonn", "price": 5.5},
    {"city": "Lima", "price": "free"},
    {"price": 3},
]


async def test_takes_the_greatest_first_and_ties_in_the_order_of_the_groups(store: Mediator) -> None:
    await filled(store, SALES)
    revenue = ("sum", "payload.price")

    greatest = await aggregated(store, ["payload.city"], sort=["-sum"], sum=revenue)
    least = await aggregated(store, ["payload.city"], sort=["sum"], sum=revenue)
    first = await aggregated(store, ["payload.city"], sort=["-sum"], limit=2, sum=revenue)
    descending = await aggregated(store, ["payload.city"], sort=["-sum", '-payload["city"]'], sum=revenue)

    assert [group[0].get("payload.city") for group in greatest] == ["Bonn", "Oslo", None, "Rome", "Lima"]
    assert [group[0].get("payload.city") for group in least] == ["Lima", "Rome", None, "Bonn", "Oslo"]
    assert first == greatest[:2]
    assert [group[0].get("payload.city") for group in descending] == ["Oslo", "Bonn", None, "Rome", "Lima"]


async def test_orders_by_measures_of_any_type_as_lists_do(store: Mediator) -> None:
    long = "x" * 300
    values: list[Json] = [None, "B", "a", long, f"{long}y", 2, 10, False, True]
    await filled(store, [{"at": index, "value": value} for index, value in enumerate(reversed(values))])

    groups = await aggregated(store, ["payload.at"], sort=["max"], max=("max", "payload.value"))
    reverse = await aggregated(store, ["payload.at"], sort=["-max"], max=("max", "payload.value"))
    texts = await aggregated(store, ["id"], sort=["-max"], max=("max", "collection"), n=("max", "payload.value::time"))

    assert [group[1] for group in groups] == values
    assert [group[1] for group in reverse] == [*reversed(values)]
    assert [group[1:] for group in texts] == [("people", None)] * len(values)


async def test_orders_one_group(store: Mediator) -> None:
    assert await aggregated(store, [], sort=["-n"], n=("count", None)) == [({}, 0)]


async def test_counts_different_values(store: Mediator) -> None:
    await filled(store, [{"a": 1}, {"a": 1.0}, {"a": "1"}, {"a": [1]}, {"a": [1.0]}, {"a": None}, {}, {"a": False}])

    (found,) = await aggregated(
        store,
        [],
        values=("count_distinct", "payload.a"),
        present=("count", "payload.a"),
        times=("count_distinct", "payload.a::time"),
        collections=("count_distinct", "collection"),
        tags=("count_distinct", "tags"),
        ids=("count_distinct", "id"),
    )

    assert found == ({}, 4, 7, 0, 1, 1, 8)
    assert await aggregated(store, [], n=("count_distinct", "payload.none")) == [({}, 0)]


SUMMER = "2026-03-28T23:30:00Z"
"""It is 2026-03-29, a day of 23 hours, in Berlin."""


@pytest.mark.parametrize(
    ("unit", "time_zone", "expected"),
    [
        ("day", "UTC", ["2026-03-28", "2026-03-29", "2026-10-25"]),
        ("day", "Europe/Berlin", ["2026-03-29", "2026-10-25"]),
        ("day", "America/Los_Angeles", ["2026-03-28", "2026-03-29", "2026-10-24"]),
        ("week", "Europe/Berlin", ["2026-03-23", "2026-10-19"]),
        ("week", "America/Los_Angeles", ["2026-03-23", "2026-10-19"]),
        ("month", "Europe/Berlin", ["2026-03-01", "2026-10-01"]),
        ("quarter", "Europe/Berlin", ["2026-01-01", "2026-10-01"]),
        ("year", "Europe/Berlin", ["2026-01-01"]),
        (
            "hour",
            "Europe/Berlin",
            [
                "2026-03-28T23:00:00.000000Z",
                "2026-03-29T21:00:00.000000Z",
                "2026-10-25T00:00:00.000000Z",
                "2026-10-25T01:00:00.000000Z",
            ],
        ),
        (
            "hour",
            "Asia/Kolkata",
            [
                "2026-03-28T23:30:00.000000Z",
                "2026-03-29T21:30:00.000000Z",
                "2026-10-25T00:30:00.000000Z",
                "2026-10-25T01:30:00.000000Z",
            ],
        ),
    ],
)
async def test_groups_by_periods_of_a_time_zone(
    store: Mediator, unit: str, time_zone: str, expected: list[str]
) -> None:
    # The hour from two to three comes twice in Berlin on 25 October.
    times = [SUMMER, "2026-03-29T21:59:59Z", "2026-10-25T02:59:00+02:00", "2026-10-25T02:59:00+01:00"]
    await filled(store, [{"at": time} for time in times])

    groups = await aggregated(store, [f"payload.at::{unit}"], time_zone=time_zone, n=("count", None))

    assert [group[0] for group in groups] == [{f"payload.at::{unit}": period} for period in expected]
    assert sum(group[1] for group in groups) == len(times)


async def test_groups_without_a_period_come_last(store: Mediator) -> None:
    first, last = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"
    await filled(store, [{"at": first}, {"at": last}, {"at": "soon"}, {"at": 5}, {}, {"at": None}])

    west = await aggregated(store, ["payload.at::day"], time_zone="America/New_York", n=("count", None))
    east = await aggregated(store, ["payload.at::hour"], time_zone="Asia/Tokyo", n=("count", None))

    assert west == [({"payload.at::day": "9999-12-31"}, 1), ({}, 5)]
    assert east == [({}, 6)]


async def test_groups_by_when_records_were_made_and_by_two_periods_of_one_time(store: Mediator) -> None:
    await filled(store, [1, 2])
    record = await store.send(CreateRecord(collection="people", payload=3))
    await store.send(ReplaceRecord(id=record.id, payload=4))
    day, year = record.created_at.strftime("%Y-%m-%d"), record.created_at.strftime("%Y-01-01")

    now = await aggregated(store, ["created_at::year", "created_at::day"], last=("max", "payload"))
    then = await aggregated(store, ["created_at::year"], as_of=record.created_at, last=("max", "payload"))

    assert now == [({"created_at::year": year, "created_at::day": day}, 4)]
    assert then == [({"created_at::year": year}, 3)]


@pytest.mark.parametrize("order", [GroupOrder("nothing"), GroupOrder("payload.b")])
async def test_refuses_an_order_by_what_is_not_there(store: Mediator, order: GroupOrder) -> None:
    measures, keys = {"n": Measure(Function.COUNT)}, (read_field("payload.a", ""),)

    with pytest.raises(InvalidValue):
        await store.send(
            AggregateRecords(asked=AggregateCriteria(group_by=keys, measures=measures, order=(order,), limit=1))
        )


@pytest.mark.parametrize(
    ("measure", "limit"),
    [
        (Measure(Function.SUM), 1),
        (Measure(Function.SUM, Attribute.CREATED_AT), 1),
        (Measure(Function.MIN, Attribute.TAGS), 1),
        (Measure(Function.COUNT), 0),
        (Measure(Function.COUNT), 10_000),
    ],
)
async def test_refuses_what_cannot_be_worked_out(store: Mediator, measure: Measure, limit: int) -> None:
    with pytest.raises(InvalidValue):
        await store.send(AggregateRecords(asked=AggregateCriteria(measures={"x": measure}, limit=limit)))


TEXTS: list[Json] = [
    {"title": "The quick brown fox", "year": 1999},
    {"title": "The lazy dog", "notes": ["quick, and quick again", {"more": "quick"}]},
    {"title": "Fox and dog"},
    "a brown bear",
    {"quick": 1},
]


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("quick", [1, 0]),
        ("QUICK", [1, 0]),
        ("quick fox", [0]),
        ('"brown fox"', [0]),
        ('"fox brown"', []),
        ("bear OR lazy", [3, 1]),
        ("dog -lazy", [2]),
        ("nothing", []),
        ("", []),
        ("1999", []),
        ("'); DROP", []),
    ],
)
async def test_searches_the_texts(store: Mediator, search: str, expected: list[int]) -> None:
    await filled(store, TEXTS)
    criteria = RecordCriteria(search=search)

    page = await store.send(ListRecords(criteria=criteria, page=PageRequest(limit=10)))

    assert [TEXTS.index(decode(record.payload.encode())) for record in page.items] == expected


async def test_walks_through_what_was_found_by_relevance(store: Mediator) -> None:
    await filled(store, [" ".join(["word"] * (count % 4 + 1)) for count in range(9)])
    criteria = RecordCriteria(search="word")
    whole = await store.send(ListRecords(criteria=criteria, page=PageRequest(limit=10)))

    first = await store.send(ListRecords(criteria=criteria, page=PageRequest(limit=4)))
    second = await store.send(ListRecords(criteria=criteria, page=PageRequest(limit=9, after=first.cursors[-1])))
    back = await store.send(
        ListRecords(criteria=criteria, page=PageRequest(limit=3, before=second.cursors[0], backwards=True))
    )

    assert [*first.items, *second.items] == [*whole.items]
    assert [*back.items] == [*whole.items][1:4]
    assert len(str(whole.items[0].payload)) > len(str(whole.items[-1].payload))


async def test_keeps_payloads_with_more_words_than_can_be_indexed(store: Mediator) -> None:
    words = " ".join(f"word{number}" for number in range(150_000))
    await filled(store, [{"text": words, "lone": "x" * 5000, "list": ["é" * 3000, "b"]}])

    page = await store.send(ListRecords(criteria=RecordCriteria(search="word17"), page=PageRequest(limit=2)))

    assert len(page.items) == 1


async def test_picks_fields(store: Mediator) -> None:
    await filled(store, [{"a": {"b": [1, 1.50]}, "n": None}, "text"])
    fields = tuple(read_field(name, "") for name in ("payload.a.b[1]", "payload.n", "collection", "tags", "deleted_at"))

    page = await store.send(ProjectRecords(fields=fields, page=PageRequest(limit=10)))

    assert [shown(record) for record in page.items] == [
        {"payload.a.b.1": 1.5, "payload.n": None, "collection": "people", "tags": []},
        {"collection": "people", "tags": []},
    ]


async def test_picks_more_places_than_a_payload_is_read_for_each(store: Mediator) -> None:
    await filled(store, [{"a": "one", "b": [2, None], "c": {"d": True}, "e": None}, "text", {"e": 1.50}])
    fields = tuple(
        read_field(name, "") for name in ("payload.a", "payload.b", "version", "payload.c.d", "payload.b[0]")
    )

    page = await store.send(ProjectRecords(fields=fields, page=PageRequest(limit=10)))

    assert [shown(record) for record in page.items] == [
        {"payload.a": "one", "payload.b": [2, None], "version": 1, "payload.c.d": True, "payload.b.0": 2},
        {"version": 1},
        {"version": 1},
    ]


async def test_aggregates_more_places_than_a_payload_is_read_for_each(store: Mediator) -> None:
    await filled(store, [{"a": 1, "b": "x", "c": True, "d": 4}, {"a": 2, "b": "y", "d": 5}, "text"])
    measures = {name: Measure(Function.MAX, read_field(f"payload.{name}", "")) for name in ("a", "b", "c", "d")}

    found = await store.send(AggregateRecords(asked=AggregateCriteria(measures=measures, limit=10)))

    assert [{name: decode(text.encode()) for name, text in group.measures.items()} for group in found.groups] == [
        {"a": 2, "b": "y", "c": True, "d": 5}
    ]


async def test_picks_fields_of_one_record_as_it_is_and_was(store: Mediator) -> None:
    payload: Json = {"a": {"b": [1, 1.50]}, "n": None, "long": "x" * 1000}
    record = await store.send(CreateRecord(payload=payload, tags=["t"]))
    await store.send(ReplaceRecord(id=record.id, payload={"a": 2}))
    names = ("payload.a.b[1]", "payload.n", "collection", "tags", "deleted_at", "id", "created_at", "payload.none")
    fields = tuple(read_field(name, "") for name in names)

    now = await store.send(ProjectRecord(id=record.id, fields=fields))
    then = [
        await store.send(ProjectRecord(id=record.id, fields=fields, version=1)),
        await store.send(ProjectRecord(id=record.id, fields=fields, as_of=record.updated_at)),
    ]

    always = {"collection": "default", "id": str(record.id), "created_at": timestamp(record.created_at)}
    assert (now.version, shown(now.record)) == (2, {**always, "tags": []})
    assert [(state.version, shown(state.record)) for state in then] == [
        (1, {**always, "payload.a.b.1": 1.5, "payload.n": None, "tags": ["t"]})
    ] * 2


async def test_picks_nothing_of_a_record_that_is_not_there(store: Mediator) -> None:
    fields = (Attribute.ID,)
    record = await store.send(CreateRecord(payload=1))
    await store.send(DeleteRecord(id=record.id))

    with pytest.raises(RecordDeleted):
        await store.send(ProjectRecord(id=record.id, fields=fields))
    with pytest.raises(RecordNotFound):
        await store.send(ProjectRecord(id=uuid4(), fields=fields))
    with pytest.raises(RevisionNotFound):
        await store.send(ProjectRecord(id=record.id, fields=fields, version=3))
    with pytest.raises(InvalidValue):
        await store.send(ProjectRecord(id=record.id, fields=fields, version=1, as_of=record.created_at))
    assert shown((await store.send(ProjectRecord(id=record.id, fields=fields, version=1))).record) == {
        "id": str(record.id)
    }


def shown(record: ProjectedRecord) -> dict[str, Json]:
    return {str(field): decode(value.encode()) for field, value in record.values.items()}
