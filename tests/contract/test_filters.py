"""What filters find, in any store: on PostgreSQL, and by the program that says what they mean."""

from typing import Any

import pytest

from datastore_service.application.json_codec import decode
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.reading import read_condition
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.queries.count_records import CountRecords
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.domain.json_value import Json


async def found(store: Mediator, payloads: list[Json], where: Json) -> list[Json]:
    for payload in payloads:
        await store.send(CreateRecord(payload=payload))
    criteria = RecordCriteria(where=read_condition(where, "/filter"))
    page = await store.send(ListRecords(criteria=criteria, page=PageRequest(limit=100)))
    assert await store.send(CountRecords(criteria=criteria)) == len(page.items)
    return [decode(record.payload.encode()) for record in page.items]


MIXED: list[Json] = [None, True, False, 0, 1, 1.5, 10**30, "", "1", "a", "b", "B", [], [1], {}, {"a": 1}]
BIG = 10**30

CASES: list[tuple[list[Json], Any, list[Json]]] = [
    (MIXED, {"payload": {"eq": 1}}, [1]),
    (MIXED, {"payload": "1"}, ["1"]),
    (MIXED, {"payload": None}, [None]),
    (MIXED, {"payload": {"eq": [1.0]}}, [[1]]),
    (MIXED, {"payload": {"gt": 0}}, [1, 1.5, BIG]),
    (MIXED, {"payload": {"gte": 1, "lt": BIG}}, [1, 1.5]),
    (MIXED, {"payload": {"lt": "a"}}, ["", "1", "B"]),
    (MIXED, {"payload": {"gt": False}}, [True]),
    (MIXED, {"payload": {"in": [1, "a", None, {"a": 1}]}}, [None, 1, "a", {"a": 1}]),
    (MIXED, {"payload": {"in": []}}, []),
    (MIXED, {"payload": {"nin": []}}, MIXED),
    (MIXED, {"not": {"payload": {"gt": 0}}}, [one for one in MIXED if one not in (1.5, BIG) and one is not MIXED[4]]),
    (MIXED, {"payload": {"like": "_"}}, ["1", "a", "b", "B"]),
    (MIXED, {"payload": {"ilike": "B"}}, ["b", "B"]),
    (MIXED, {"payload": {"starts_with": ""}}, ["", "1", "a", "b", "B"]),
    (MIXED, {"payload": {"contains": 1}}, [1, [1]]),
    (MIXED, {"payload": {"contains": {}}}, [{}, {"a": 1}]),
    (MIXED, {"and": []}, MIXED),
    (MIXED, {"or": []}, []),
    (MIXED, {}, MIXED),
    ([{"a": None}, {}, {"a": 1}, []], {"payload.a": {"exists": True}}, [{"a": None}, {"a": 1}]),
    ([{"a": None}, {}, {"a": 1}, []], {"payload.a": {"exists": False}}, [{}, []]),
    ([{"a": None}, {}, {"a": 1}, []], {"payload.a": None}, [{"a": None}]),
    ([{"a": None}, {}, {"a": 1}, []], {"payload.a": {"ne": None}}, [{}, {"a": 1}, []]),
    (
        [{"a": [{"b": 1}]}, {"a": {"0": {"b": 1}}}, {"a": 1}],
        {"payload.a[0].b": 1},
        [{"a": [{"b": 1}]}, {"a": {"0": {"b": 1}}}],
    ),
    ([{"a": [1, 2]}, {"a": [2, 1]}], {"payload.a[-1]": 1}, [{"a": [2, 1]}]),
    ([{"a.b": 1}, {"a": {"b": 1}}], {'payload."a.b"': 1}, [{"a.b": 1}]),
    ([{"": {"": 1}}, {}], {'payload."".""': 1}, [{"": {"": 1}}]),
    (["10%", "100", r"a\b"], {"payload": {"like": r"10\%"}}, ["10%"]),
    (["10%", "100", r"a\b"], {"payload": {"like": r"a\\b"}}, [r"a\b"]),
    (
        ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+02:00", "2026-02-30T00:00:00Z", "yesterday", 7],
        {"payload::time": {"lt": "2026-01-01T00:00:00Z"}},
        ["2026-01-01T01:00:00+02:00"],
    ),
]
ORDER: dict[str, Json] = {
    "lines": [{"sku": "a", "qty": 1, "labels": ["new"]}, {"sku": "b", "qty": 5, "labels": ["old", "sale"]}]
}
EMPTY: dict[str, Json] = {"lines": []}
NOT_ARRAYS: list[Json] = [{"lines": {"0": {"sku": "a", "qty": 5}}}, {"lines": "a"}, {"lines": None}, {}, [], 7]
ODD: dict[str, Json] = {"lines": [None, 3, "a", [], ["x", ["y"]], {"sku": None}, {"qty": "7"}]}
ORDERS: list[Json] = [ORDER, EMPTY, ODD, *NOT_ARRAYS]
OF_ITEMS: list[tuple[Any, list[Json]]] = [
    ({"payload.lines": {"any": {"item.sku": "a", "item.qty": {"gt": 3}}}}, []),
    ({"payload.lines": {"any": {"item.sku": "b", "item.qty": {"gt": 3}}}}, [ORDER]),
    ({"and": [{"payload.lines[*].sku": "a"}, {"payload.lines[*].qty": {"gt": 3}}]}, [ORDER]),
    ({"payload.lines[*].qty": {"gt": 1, "lt": 5}}, []),
    ({"payload.lines[*].qty": {"gt": 1}, "not": {"payload.lines[*].qty": {"gte": 6}}}, [ORDER]),
    ({"payload.lines[*].qty": {"ne": 1}}, [ORDER, ODD]),
    ({"not": {"payload.lines[*].qty": 1}}, [EMPTY, ODD, *NOT_ARRAYS]),
    ({"payload.lines": {"none": {"item.qty": 1}}}, [EMPTY, ODD, *NOT_ARRAYS]),
    ({"payload.lines": {"none": {"item.qty": 1}, "size": {"gte": 1}}}, [ODD]),
    ({"payload.lines": {"any": {"or": [{"item.qty": 1}, {"item.sku": None}]}}}, [ORDER, ODD]),
    ({"payload.lines": {"any": {"not": {"item.sku": {"exists": True}}}}}, [ODD]),
    ({"payload.lines": {"any": {}}}, [ORDER, ODD]),
    ({"payload.lines[*]": 3}, [ODD]),
    ({"payload.lines[*]": None}, [ODD]),
    ({"payload.lines[*]": {"starts_with": "a"}}, [ODD]),
    ({"payload.lines[*]": {"in": ["b", "a"]}}, [ODD]),
    ({"payload.lines[*][*]": "x"}, [ODD]),
    ({"payload.lines[*][*][*]": {"ilike": "Y"}}, [ODD]),
    ({"payload.lines[*][1][*]": {"gte": "y"}}, [ODD]),
    ({"payload.lines[*].labels[*]": {"like": "s%"}}, [ORDER]),
    ({"payload.lines": {"any": {"item.sku": "a", "item.labels": {"none": {"item": "sale"}}}}}, [ORDER]),
    ({"payload.lines": {"any": {"item.sku": "b", "item.labels[*]": "new"}}}, []),
    ({"payload.lines": {"any": {"item.labels": {"size": 2}}}}, [ORDER]),
    ({"payload.lines": {"any": {"item": {"contains": {"sku": "b"}}}}}, [ORDER]),
    ({"payload.lines": {"any": {"item": {"any": {"item": {"size": 1}}}}}}, [ODD]),
    ({"payload.lines": {"size": 0}}, [EMPTY]),
    ({"payload.lines": {"size": {"gte": 1, "lt": 7}}}, [ORDER]),
    ({"payload.lines": {"size": {"nin": [0, 2]}}}, [ODD, *NOT_ARRAYS]),
    ({"payload": {"size": 0}}, [[]]),
    ({"payload[*]": {"exists": True}}, []),
]
LITERAL: list[Json] = [{"a[*]": 1}, {"a": [1]}, {"a": {"*": 1}}, {"*": 1}]
MORE_OF_ITEMS: list[tuple[list[Json], Any, list[Json]]] = [
    *((ORDERS, where, expected) for where, expected in OF_ITEMS),
    (LITERAL, {'payload."a[*]"': 1}, [{"a[*]": 1}]),
    (LITERAL, {"payload.a[*]": 1}, [{"a": [1]}]),
    (LITERAL, {'payload.a["*"]': 1}, [{"a": {"*": 1}}]),
    (LITERAL, {'payload."*"': 1}, [{"*": 1}]),
    (
        [{"at": ["2026-01-01T00:00:00Z", "never"]}, {"at": ["2025-01-01T00:00:00Z"]}],
        {"payload.at[*]::time": {"gte": "2026-01-01T00:00:00Z"}},
        [{"at": ["2026-01-01T00:00:00Z", "never"]}],
    ),
    (
        [{"a": [{"b": "x" * 300}]}, {"a": [{"b": 10**120 + 1}]}],
        {"or": [{"payload.a[*].b": "x" * 300}, {"payload.a[*].b": {"in": [10**120, 10**120 + 1]}}]},
        [{"a": [{"b": "x" * 300}]}, {"a": [{"b": 10**120 + 1}]}],
    ),
    (
        [{"a": [{"b": "Ab"}]}, {"a": [{"b": "Cd"}]}, {"a": "Ab"}],
        {"payload.a[*].b": {"ilike": "a%", "like": "A_", "gt": "A", "ne": "Cd", "starts_with": "A"}},
        [{"a": [{"b": "Ab"}]}],
    ),
    (
        [{"a": [1, 2]}, {"a": [2]}, {"b": [3], "c": [4, 5]}],
        {"or": [{"payload.a[*]": 1}, {"payload.b[*]": 3, "payload.c": {"size": 2, "any": {"item": {"gt": 4}}}}]},
        [{"a": [1, 2]}, {"b": [3], "c": [4, 5]}],
    ),
]


@pytest.mark.parametrize(("payloads", "where", "expected"), CASES + MORE_OF_ITEMS, ids=lambda part: str(part)[:60])
async def test_finds(store: Mediator, payloads: list[Json], where: Json, expected: list[Json]) -> None:
    assert await found(store, payloads, where) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"collection": "people"}, 2),
        ({"collection": {"starts_with": "p"}}, 3),
        ({"collection": {"in": ["people", "places"]}}, 3),
        ({"tags": {"contains": "b"}}, 2),
        ({"tags": {"contains": ["a", "b"]}}, 1),
        ({"tags": {"contains": ["a", "b", "a", "b", "a", "b"]}}, 1),
        ({"tags": {"contains": ["b", "b", "b", "b", "b", "a"]}}, 1),
        ({"and": [{"tags": {"contains": tag}} for tag in "bbbba"]}, 1),
        ({"and": [{"tags": {"in": ["a", "b", tag]}} for tag in "bbbbc"]}, 2),
        ({"tags": {"in": ["a", "c"]}}, 2),
        ({"tags": {"nin": ["a", "c"]}}, 2),
        ({"tags": ["b", "a"]}, 1),
        ({"tags": []}, 1),
        ({"version": 1}, 4),
        ({"version": {"lt": 1.5}}, 4),
        ({"version": {"gt": 10**30}}, 0),
        ({"created_at": {"gt": "2000-01-01T00:00:00Z"}}, 4),
        ({"updated_at": {"lt": "2000-01-01T00:00:00Z"}}, 0),
        ({"deleted_at": {"exists": True}}, 0),
        ({"id": {"in": ["00000000-0000-0000-0000-000000000000"]}}, 0),
        ({"id": {"gte": "00000000-0000-0000-0000-000000000000"}}, 4),
    ],
    ids=str,
)
async def test_finds_by_what_is_beside_the_payload(store: Mediator, where: Json, expected: int) -> None:
    await store.send(CreateRecord(collection="people", payload=1, tags=["a", "b"]))
    await store.send(CreateRecord(collection="people", payload=2, tags=["b"]))
    await store.send(CreateRecord(collection="places", payload=3, tags=["c"]))
    await store.send(CreateRecord(payload=4))

    assert await store.send(CountRecords(criteria=RecordCriteria(where=read_condition(where, "")))) == expected


async def test_finds_tombstones_where_they_are_asked_for(store: Mediator) -> None:
    record = await store.send(CreateRecord(payload=1, tags=["a"]))
    await store.send(CreateRecord(payload=2, tags=["a", "b"]))
    await store.send(DeleteRecord(id=record.id))

    present = await store.send(ListRecords(criteria=RecordCriteria(tags=("a",)), page=PageRequest(limit=9)))
    all_of_them = await store.send(
        ListRecords(criteria=RecordCriteria(tags=("a",), include_deleted=True), page=PageRequest(limit=9))
    )

    assert [one.deleted_at for one in present.items] == [None]
    assert [one.id for one in all_of_them.items if one.deleted_at] == [record.id]
