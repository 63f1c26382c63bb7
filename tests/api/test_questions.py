"""Lists with filters and orders, as clients ask for them through either facade."""

from typing import Any, cast

import httpx2
import pytest

PEOPLE: list[dict[str, Any]] = [
    {
        "name": "Ada",
        "age": 36,
        "address": {"city": "London"},
        "a.b": 1,
        "pets": [{"kind": "cat", "age": 3}, {"age": 9}],
    },
    {"name": "Grace", "age": 85, "address": {"city": "Arlington"}},
    {"name": "Alan", "age": 41, "address": {"city": "London"}, "pets": [{"kind": "cat", "age": 8}]},
    {"name": "Mary", "age": None, "address": "30"},
]


@pytest.fixture
async def people(client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    for person in PEOPLE:
        await client.post("/records", json={"collection": "people", "payload": person, "tags": [person["name"]]})
    return client


async def names(client: httpx2.AsyncClient, query: str) -> list[str]:
    answer = await client.get(f"/records?{query}")
    assert answer.status_code == 200, answer.text
    return [item["payload"]["name"] for item in answer.json()["items"]]


async def searched(client: httpx2.AsyncClient, body: dict[str, Any]) -> list[str]:
    answer = await client.post("/records/search", json=body)
    assert answer.status_code == 200, answer.text
    return [item["payload"]["name"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("filter[payload.address.city]=London", ["Ada", "Alan"]),
        ("filter[payload.age][gte]=41", ["Grace", "Alan"]),
        ("filter[payload.age][gte]=41&filter[payload.age][lt]=80", ["Alan"]),
        ("filter[payload.age]=null", ["Mary"]),
        ("filter[payload.address]=30", []),
        ('filter[payload.address]="30"', ["Mary"]),
        ("filter[payload.name][in]=Ada,Mary", ["Ada", "Mary"]),
        ('filter[payload.age][in]=[36,"x"]', ["Ada"]),
        ("filter[payload.name][starts_with]=A", ["Ada", "Alan"]),
        ("filter[payload.name][ilike]=a%25", ["Ada", "Alan"]),
        ('filter[payload."a.b"]=1', ["Ada"]),
        ('filter[payload["a.b"]]=1', ["Ada"]),
        ("filter[payload.address.city][exists]=false", ["Mary"]),
        ("filter[payload][contains]={%22age%22:85.0}", ["Grace"]),
        ("filter[tags][contains]=Ada", ["Ada"]),
        ("filter[payload.pets[*].age][gt]=8", ["Ada"]),
        ("filter[payload.pets[*].age][gt]=2&filter[payload.pets[*].age][lt]=4", ["Ada"]),
        ("filter[payload.pets[*].age][gt]=4&filter[payload.pets[*].age][lt]=9", ["Alan"]),
        ("filter[payload.pets[*].kind]=cat&filter[payload.pets[*].age]=9", ["Ada"]),
        ('filter[payload.pets][any]={"item.kind":"cat","item.age":{"gt":3}}', ["Alan"]),
        ('filter[payload.pets][none]={"item.age":{"lt":5}}', ["Grace", "Alan", "Mary"]),
        ("filter[payload.pets][size]=1", ["Alan"]),
        ("filter[payload.pets][size][gte]=1", ["Ada", "Alan"]),
        ("filter[payload.pets][size][in]=2,3", ["Ada"]),
        ('filter[payload.pets][size]={"gt":1,"lt":3}', ["Ada"]),
        ("tag=Ada", ["Ada"]),
        ("tag=Ada&tag=Alan", []),
        ("sort=payload.name", ["Ada", "Alan", "Grace", "Mary"]),
        ("sort=-payload.age", ["Grace", "Alan", "Ada", "Mary"]),
        ("sort=-payload.address.city,payload.name", ["Mary", "Ada", "Alan", "Grace"]),
        ('sort=payload."a.b",-id', ["Ada", "Mary", "Alan", "Grace"]),
    ],
)
async def test_lists_what_is_asked_for(people: httpx2.AsyncClient, query: str, expected: list[str]) -> None:
    assert await names(people, query) == expected


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("filter[nothing]=1", "filter[nothing]"),
        ("filter[payload.a][near]=1", "filter[payload.a][near]"),
        ("filter[payload..a]=1", "filter[payload..a]"),
        ("filter[payload.a", "filter[payload.a"),
        ("filter[payload.a][gt]=null", "filter[payload.a][gt]"),
        ("filter[payload.a][exists]=1", "filter[payload.a][exists]"),
        ("filter[payload.a][like]=%5C", "filter[payload.a][like]"),
        ("filter[payload.a]=%22%5Cu0000%22", "filter[payload.a]"),
        ("filter[payload.a]=1e999999", "filter[payload.a]"),
        ("filter[created_at][gt]=yesterday", "filter[created_at][gt]"),
        ("filter[id]=1", "filter[id]"),
        ("filter[payload.pets][any]=cat", "filter[payload.pets][any]"),
        ('filter[payload.pets][any]={"kind":"cat"}', "filter[payload.pets][any]"),
        ("filter[payload.pets][size]=many", "filter[payload.pets][size]"),
        ("filter[payload.pets][size][like]=1", "filter[payload.pets][size][like]"),
        ("filter[payload.pets][any][gte]=1", "filter[payload.pets][any][gte]"),
        ("filter[payload.pets::time][size]=1", "filter[payload.pets::time][size]"),
        ("filter[tags][size]=1", "filter[tags][size]"),
        ("sort=payload.pets[*].age", "sort"),
        ("fields=payload.pets[*].age", "fields"),
        ("sort=-tags", "sort"),
        ("sort=nothing", "sort"),
        ("filters=1", "filters"),
    ],
)
async def test_names_the_parameter_that_is_wrong(people: httpx2.AsyncClient, query: str, parameter: str) -> None:
    answer = await people.get(f"/records?{query}")

    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]


async def test_takes_trees_in_a_body(people: httpx2.AsyncClient) -> None:
    tree = {
        "or": [{"payload.age": {"gt": 80}}, {"not": {"payload.address": {"exists": True}}}, {"payload.name": "Ada"}]
    }

    assert await searched(people, {"collection": "people", "filter": tree, "sort": ["-payload.name"]}) == [
        "Grace",
        "Ada",
    ]
    assert await searched(people, {"tags": ["Mary"]}) == ["Mary"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"filter": "payload"}, "#/filter"),
        ({"filter": {"and": {}}}, "#/filter/and"),
        ({"filter": {"or": [{}, {"payload.a": {"gte": None}}]}}, "#/filter/or/1/payload.a/gte"),
        ({"filter": {"not": {"payload.a/b": {"what": 1}}}}, "#/filter/not/payload.a~1b/what"),
        ({"filter": {"payload.a": {}}}, "#/filter/payload.a"),
        ({"filter": {"payload.a": {"in": [1, "\u0000"]}}}, "#/filter/payload.a/in/1"),
        ({"filter": {"payload.a": {"any": [1]}}}, "#/filter/payload.a/any"),
        ({"filter": {"payload.a": {"any": {"sku": 1}}}}, "#/filter/payload.a/any/sku"),
        ({"filter": {"payload.a": {"none": {"or": [{}, {"payload.b": 1}]}}}}, "#/filter/payload.a/none/or/1/payload.b"),
        (
            {"filter": {"payload.a": {"any": {"item.b": {"size": {"gt": "1"}}}}}},
            "#/filter/payload.a/any/item.b/size/gt",
        ),
        ({"filter": {"payload.a": {"size": {"any": {}}}}}, "#/filter/payload.a/size/any"),
        ({"filter": {"payload.a[*].b": {}}}, "#/filter/payload.a%5B*%5D.b"),
        ({"filter": {"created_at": {"any": {}}}}, "#/filter/created_at/any"),
        ({"sort": ["payload.a[*]"]}, "#/sort/0"),
        ({"sort": ["id", "what"]}, "#/sort/1"),
        ({"sort": ["id", "id", "id", "id", "id", "id"]}, "#/sort"),
        ({"limit": 0}, "#/limit"),
        ({"where": 1}, "#/where"),
    ],
)
async def test_points_at_what_is_wrong_in_a_body(
    people: httpx2.AsyncClient, body: dict[str, Any], pointer: str
) -> None:
    answer = await people.post("/records/search", json=body)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_takes_no_filter_beyond_the_limits(people: httpx2.AsyncClient) -> None:
    deep: Any = {"payload.a": 1}
    for _ in range(20):
        deep = {"not": deep}

    nested = await people.post("/records/search", json={"filter": deep})
    long = await people.post("/records/search", json={"filter": {"payload.a": {"in": list(range(1001))}}})

    assert (nested.status_code, long.status_code) == (422, 422)


async def test_takes_no_filter_of_the_items_of_too_many_arrays(people: httpx2.AsyncClient) -> None:
    filters = [{"or": [{f"payload.a{place}[*]": 1} for place in range(number)]} for number in (20, 21)]

    many, too_many = [await people.post("/records/search", json={"filter": one}) for one in filters]
    deep = await people.post("/records/search", json={"filter": {f"payload.a{'[*]' * 10}": 1}})

    assert many.status_code == 200
    assert (too_many.status_code, too_many.json()["detail"]) == (
        422,
        "The filter looks at the items of 21 arrays; 20 are taken.",
    )
    assert (deep.status_code, deep.json()["errors"][0]["pointer"]) == (422, "#/filter")


async def test_goes_on_in_the_order_that_it_began_with(people: httpx2.AsyncClient) -> None:
    first = await people.get("/records?filter[payload.age][exists]=true&sort=-payload.age&limit=3")
    cursor = first.json()["next_cursor"]
    last = await people.get(first.headers["link"].partition(">")[0].removeprefix("<"))

    assert [item["payload"]["name"] for item in last.json()["items"]] == ["Mary"]
    assert last.json()["next_cursor"] is None
    assert await searched(people, {"sort": ["-payload.age"], "cursor": cursor}) == ["Mary"]


async def test_takes_no_cursor_that_was_made_up_or_is_of_another_order(people: httpx2.AsyncClient) -> None:
    cursor = (await people.get("/records?sort=-payload.age&limit=1")).json()["next_cursor"]
    forged = cursor[:-2] + ("A" if cursor[-2] != "A" else "B") + cursor[-1]

    answers = [
        await people.get("/records", params={"sort": sort, "cursor": text})
        for sort, text in [("-payload.age", forged), ("payload.age", cursor), ("id", cursor), ("-payload.age", "AAAA")]
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(400, "invalid_cursor")] * 4


FILTERED = """
query ($filter: RecordFilter, $orderBy: [RecordOrder!], $first: Int, $after: String) {
  records(collection: "people", filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    totalCount nodes { payload deletedAt } pageInfo { endCursor hasNextPage }
  }
}
"""


async def graphql(client: httpx2.AsyncClient, **variables: object) -> dict[str, Any]:
    return (await client.post("/graphql", json={"query": FILTERED, "variables": variables})).json()


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"payload": [{"path": "age", "number": {"gte": 41, "lt": 80}}]}, ["Alan"]),
        ({"payload": [{"path": "address.city", "string": {"eq": "London"}}, {"path": "age", "eq": 36}]}, ["Ada"]),
        ({"payload": [{"path": "age", "eq": None}]}, ["Mary"]),
        ({"payload": [{"path": "name", "string": {"like": "A%", "ne": "Ada"}}]}, ["Alan"]),
        ({"payload": [{"contains": {"age": 85}}]}, ["Grace"]),
        ({"not": {"payload": [{"path": "address.city", "exists": True}]}}, ["Mary"]),
        ({"or": [{"tags": {"in": ["Ada"]}}, {"tags": {"contains": ["Mary"]}}]}, ["Ada", "Mary"]),
        ({"and": [{"version": {"eq": 1}}, {"collection": {"eq": "people"}}, {"tags": {"eq": ["Alan"]}}]}, ["Alan"]),
        ({"createdAt": {"lt": "2000-01-01T00:00:00Z"}}, []),
        ({"payload": [{"path": "name", "time": {"exists": True}}]}, []),
        ({"payload": [{"path": "pets[*].age", "number": {"gt": 4, "lt": 9}}]}, ["Alan"]),
        ({"payload": [{"path": "pets[*].kind", "string": {"ne": "dog"}}]}, ["Ada", "Alan"]),
        (
            {
                "payload": [
                    {
                        "path": "pets",
                        "any": {"item": [{"path": "kind", "eq": "cat"}, {"path": "age", "number": {"gt": 3}}]},
                    }
                ]
            },
            ["Alan"],
        ),
        (
            {
                "payload": [
                    {
                        "path": "pets",
                        "any": {"or": [{"item": [{"path": "age", "eq": 9}]}, {"not": {"item": [{"exists": True}]}}]},
                    }
                ]
            },
            ["Ada"],
        ),
        ({"payload": [{"path": "pets", "none": {"item": [{"path": "age", "eq": 9}]}}]}, ["Grace", "Alan", "Mary"]),
        ({"payload": [{"path": "pets", "size": {"gte": 1}, "none": {"item": [{"path": "age", "eq": 9}]}}]}, ["Alan"]),
        ({"payload": [{"path": "pets", "any": {"item": [{"contains": {"age": 8}}]}}]}, ["Alan"]),
    ],
)
async def test_filters_in_graphql(people: httpx2.AsyncClient, wanted: dict[str, Any], expected: list[str]) -> None:
    found = (await graphql(people, filter=wanted))["data"]["records"]

    assert [node["payload"]["name"] for node in found["nodes"]] == expected
    assert found["totalCount"] == len(expected)


async def test_orders_in_graphql_and_goes_on_there(people: httpx2.AsyncClient) -> None:
    order = [{"payload": "address.city", "direction": "DESC"}, {"attribute": "CREATED_AT", "direction": "ASC"}]
    first = (await graphql(people, orderBy=order, first=3))["data"]["records"]
    then = (await graphql(people, orderBy=order, first=3, after=first["pageInfo"]["endCursor"]))["data"]["records"]

    found = [node["payload"]["name"] for page in (first, then) for node in page["nodes"]]
    assert found == ["Mary", "Ada", "Alan", "Grace"]


@pytest.mark.parametrize(
    ("variables", "pointer"),
    [
        ({"filter": {"not": {"createdAt": None}}}, "#/filter/not/createdAt"),
        ({"filter": {"payload": [{"path": "a", "number": {"gt": None}}]}}, "#/filter/payload/0/number/gt"),
        ({"filter": {"payload": [{"path": "a..b", "eq": 1}]}}, "#/filter/payload/0/path"),
        (
            {"filter": {"or": [{"payload": [{"path": "a", "string": {"like": "\\"}}]}]}},
            "#/filter/or/0/payload/0/string/like",
        ),
        (
            {"filter": {"payload": [{"path": "a", "any": {"not": {"item": [{"path": "a..b", "eq": 1}]}}}]}},
            "#/filter/payload/0/any/not/item/0/path",
        ),
        ({"filter": {"payload": [{"path": "a", "none": {"item": [{"path": "b"}]}}]}}, "#/filter/payload/0/none/item/0"),
        ({"filter": {"payload": [{"path": "a", "any": {"and": None}}]}}, "#/filter/payload/0/any/and"),
        ({"filter": {"payload": [{"path": "a", "any": None}]}}, "#/filter/payload/0/any"),
        ({"filter": {"payload": [{"path": "a::time", "any": {"item": [{"eq": 1}]}}]}}, "#/filter/payload/0/any"),
        ({"filter": {"payload": [{"path": "a::time", "time": {"exists": True}}]}}, "#/filter/payload/0/path"),
        ({"orderBy": [{"payload": "a[*]"}]}, "#/orderBy/0/payload"),
        ({"orderBy": [{"payload": "a"}, {}]}, "#/orderBy/1"),
    ],
)
async def test_points_at_what_is_wrong_in_graphql(
    people: httpx2.AsyncClient, variables: dict[str, Any], pointer: str
) -> None:
    (error,) = (await graphql(people, **variables))["errors"]

    assert error["extensions"]["code"] == "validation_failed"
    assert [part["pointer"] for part in error["extensions"]["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        ({"path": "age", "number": {"ne": 36}}, ["Grace", "Alan"]),
        ({"path": "age", "number": {"nin": [36, 85]}}, ["Alan"]),
        ({"path": "age", "number": {"nin": []}}, ["Ada", "Grace", "Alan"]),
        ({"path": "name", "number": {"ne": 3}}, []),
        ({"path": "name", "string": {"ne": "Ada"}}, ["Grace", "Alan", "Mary"]),
        ({"path": "age", "string": {"nin": ["Ada"]}}, []),
        ({"path": "name", "time": {"ne": "2026-01-01T00:00:00Z"}}, []),
        ({"path": "name", "time": {"exists": False}}, ["Ada", "Grace", "Alan", "Mary"]),
        ({"path": "age", "ne": 36}, ["Grace", "Alan", "Mary"]),
    ],
)
async def test_what_compares_as_one_type_is_of_it(
    people: httpx2.AsyncClient, comparison: dict[str, Any], expected: list[str]
) -> None:
    found = (await graphql(people, filter={"payload": [comparison]}))["data"]["records"]

    assert [node["payload"]["name"] for node in found["nodes"]] == expected


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    cast(
        "list[tuple[dict[str, Any], str]]",
        [
            ({"id": {}}, "#/filter/id"),
            ({"collection": {}}, "#/filter/collection"),
            ({"version": {}}, "#/filter/version"),
            ({"tags": {}}, "#/filter/tags"),
            ({"createdAt": {}}, "#/filter/createdAt"),
            ({"deletedAt": {}}, "#/filter/deletedAt"),
            ({"not": {"updatedAt": {}}}, "#/filter/not/updatedAt"),
            ({"payload": [{}]}, "#/filter/payload/0"),
            ({"payload": [{"path": "name"}]}, "#/filter/payload/0"),
            (
                {"or": [{"payload": [{"path": "a", "eq": 1}, {"path": "name", "number": {}}]}]},
                "#/filter/or/0/payload/1/number",
            ),
            ({"payload": [{"path": "name", "string": {}}]}, "#/filter/payload/0/string"),
            ({"payload": [{"path": "name", "time": {}}]}, "#/filter/payload/0/time"),
            ({"payload": [{"path": "pets", "size": {}}]}, "#/filter/payload/0/size"),
            ({"payload": [{"path": "pets[*]"}]}, "#/filter/payload/0"),
        ],
    ),
)
async def test_a_comparison_says_something(people: httpx2.AsyncClient, wanted: dict[str, Any], pointer: str) -> None:
    (error,) = (await graphql(people, filter=wanted))["errors"]

    assert "has no operator" in error["message"]
    assert [part["pointer"] for part in error["extensions"]["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("comparison", "pointer"),
    [
        ({"string": {"eq": None}}, "#/filter/payload/0/string/eq"),
        ({"number": {"ne": None}}, "#/filter/payload/0/number/ne"),
        ({"time": {"eq": None}}, "#/filter/payload/0/time/eq"),
        ({"string": None, "eq": 1}, "#/filter/payload/0/string"),
        ({"exists": None}, "#/filter/payload/0/exists"),
    ],
)
async def test_null_is_no_value_of_a_type(people: httpx2.AsyncClient, comparison: dict[str, Any], pointer: str) -> None:
    answer = await graphql(people, filter={"payload": [{"path": "name", **comparison}]})

    (error,) = answer["errors"]
    assert "cannot be null; leave it out" in error["message"]
    assert [part["pointer"] for part in error["extensions"]["errors"]] == [pointer]


async def test_null_is_a_value_of_a_place_in_a_payload(client: httpx2.AsyncClient) -> None:
    for name in (None, "Ada"):
        await client.post("/records", json={"collection": "people", "payload": {"name": name}})

    found = [
        (await graphql(client, filter={"payload": [{"path": "name", operator: None}]}))["data"]["records"]["nodes"]
        for operator in ("eq", "ne")
    ]

    assert [[node["payload"] for node in nodes] for nodes in found] == [[{"name": None}], [{"name": "Ada"}]]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("UUID", "{id: {eq: $v}}"),
        ("IdComparison", "{id: $v}"),
        ("StringComparison", "{collection: $v}"),
        ("Number", "{version: {gte: 1, lt: $v}}"),
        ("[String!]", "{tags: {contains: $v}}"),
        ("DateTime", "{not: {createdAt: {lt: $v}}}"),
        ("JSON", '{payload: [{path: "name", eq: $v}]}'),
        ("JSON", '{payload: {path: "name", contains: {a: [$v]}}}'),
        ("String", '{or: [{payload: [{path: "name", string: {like: $v}}]}]}'),
        ("[PayloadComparison!]", "{payload: $v}"),
        ("[RecordFilter!]", "{and: $v}"),
        ("RecordFilter", "{not: $v}"),
    ],
)
@pytest.mark.parametrize("field", ["records(filter: %s) { totalCount }", "recordsAggregate(filter: %s) { truncated }"])
async def test_a_variable_within_a_filter_has_a_value(
    people: httpx2.AsyncClient, field: str, kind: str, wanted: str
) -> None:
    query = f"query ($v: {kind}) {{ {field % wanted} }}"

    answers = [(await people.post("/graphql", json={"query": query, "variables": {}})).json() for _ in range(2)]

    for answer in answers:
        assert answer["errors"][0]["extensions"]["code"] == "validation_failed"
        assert "$v stands within a filter and has no value" in answer["errors"][0]["message"]
        assert not answer.get("data")


async def test_a_measure_of_a_field_does_not_become_one_of_all_records(people: httpx2.AsyncClient) -> None:
    measures = 'measures: [{name: "n", function: COUNT, field: $f}]'
    aggregate = f"recordsAggregate({measures}) {{ groups {{ measures {{ value }} }} }}"
    asked: list[tuple[str, dict[str, Any]]] = [
        ("$f: String", {}),
        ("$f: String", {}),
        ("$f: String", {"f": None}),
        ('$f: String = "payload.nowhere"', {}),
    ]

    answers = [
        (
            await people.post("/graphql", json={"query": f"query ({kind}) {{ {aggregate} }}", "variables": variables})
        ).json()
        for kind, variables in asked
    ]

    for answer in answers[:2]:
        assert answer["errors"][0]["extensions"]["code"] == "validation_failed"
        assert "$f stands within a measure and has no value" in answer["errors"][0]["message"]
        assert not answer.get("data")
    counts = [answer["data"]["recordsAggregate"]["groups"][0]["measures"][0]["value"] for answer in answers[2:]]
    assert counts == [len(PEOPLE), 0]


async def test_a_filter_may_be_left_out_or_hold_for_all(people: httpx2.AsyncClient) -> None:
    whole = "query ($f: RecordFilter) { records(filter: $f) { totalCount } }"
    with_default = "query ($v: Number = 1) { records(filter: {version: {eq: $v}}) { totalCount } }"
    skipped = (
        "query ($v: UUID, $i: Boolean!) { __typename records(filter: {id: {eq: $v}}) @include(if: $i) { totalCount } }"
    )

    asked: list[tuple[str, dict[str, Any]]] = [
        (whole, {}),
        (whole, {"f": None}),
        (whole, {"f": {}}),
        (with_default, {}),
        (skipped, {"i": False}),
    ]
    answers = [
        (await people.post("/graphql", json={"query": query, "variables": variables})).json()
        for query, variables in asked
    ]

    everything = {"data": {"records": {"totalCount": len(PEOPLE)}}}
    assert answers == [everything] * 4 + [{"data": {"__typename": "Query"}}]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("sort=id,id,id,id,id,id", "sort"),
        ("fields=payload.born::time", "fields"),
        ("fields=id&sort=id,id,id,id,id,id", "sort"),
    ],
)
async def test_names_the_parameter_that_asks_for_too_much(
    people: httpx2.AsyncClient, query: str, parameter: str
) -> None:
    answer = await people.get(f"/records?{query}")

    assert answer.status_code == 422
    assert [(error["in"], error["parameter"]) for error in answer.json()["errors"]] == [("query", parameter)]
