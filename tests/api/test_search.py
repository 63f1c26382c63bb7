"""Full-text search and aggregates, as clients ask for them through either facade."""

import json
from typing import Any

import httpx2
import pytest

BOOKS: list[dict[str, Any]] = [
    {"title": "Dragons", "genre": "tale", "price": 12.10},
    {"title": "Dragons and more dragons", "genre": "tale", "price": 0.2},
    {"title": "A garden", "genre": "guide", "price": 7},
    {"title": "A garden of dragons", "price": None},
]


@pytest.fixture
async def books(client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    for book in BOOKS:
        await client.post("/records", json={"collection": "books", "payload": book, "tags": [book["title"][0].lower()]})
    return client


def titles(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["payload"]["title"] for item in answer.json()["items"]]


async def graphql(client: httpx2.AsyncClient, query: str) -> dict[str, Any]:
    answer = (await client.post("/graphql", json={"query": query})).json()
    assert "errors" not in answer, answer
    return answer["data"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=dragons garden", ["A garden of dragons"]),
        ("q=dragons -garden", ["Dragons and more dragons", "Dragons"]),
        ('q="more dragons" OR "a garden"&sort=payload.title', ["A garden", "A garden of dragons", BOOKS[1]["title"]]),
        ("q=dragons&filter[payload.price][lt]=1", ["Dragons and more dragons"]),
        ("q=dragons&tag=a", ["A garden of dragons"]),
        ("q=dragons&collection=nothing", []),
        ("q=unicorns", []),
    ],
)
async def test_finds_the_words(books: httpx2.AsyncClient, query: str, expected: list[str]) -> None:
    assert titles(await books.get(f"/records?{query}")) == expected


async def test_goes_on_where_the_page_of_what_goes_best_ended(books: httpx2.AsyncClient) -> None:
    first = await books.post("/records/search", json={"q": "dragons", "limit": 1})
    cursor = first.json()["next_cursor"]
    rest = await books.post("/records/search", json={"q": "dragons", "cursor": cursor})
    other = await books.post("/records/search", json={"q": "garden", "cursor": cursor})

    assert titles(first) + titles(rest) == ["Dragons and more dragons", "A garden of dragons", "Dragons"]
    assert other.json()["code"] == "invalid_cursor"


async def test_searches_in_graphql(books: httpx2.AsyncClient) -> None:
    data = await graphql(
        books,
        '{ records(search: "dragons", tags: ["d"], first: 1) { totalCount edges { cursor node { payload } } } }',
    )
    [edge] = data["records"]["edges"]

    assert (data["records"]["totalCount"], edge["node"]["payload"]["title"]) == (2, "Dragons and more dragons")
    rest = await graphql(
        books, f'{{ records(search: "dragons", tags: ["d"], after: "{edge["cursor"]}") {{ nodes {{ payload }} }} }}'
    )
    assert [node["payload"]["title"] for node in rest["records"]["nodes"]] == ["Dragons"]


async def test_adds_up_in_groups(books: httpx2.AsyncClient) -> None:
    answer = await books.post(
        "/records/aggregate",
        json={
            "collection": "books",
            "group_by": ["payload.genre"],
            "measures": {
                "n": {"function": "count"},
                "sum": {"function": "sum", "field": "payload.price"},
                "first": {"function": "min", "field": "payload.title"},
            },
        },
    )

    assert answer.json() == {
        "groups": [
            {"key": {"payload.genre": "guide"}, "measures": {"n": 1, "sum": 7, "first": "A garden"}},
            {"key": {"payload.genre": "tale"}, "measures": {"n": 2, "sum": 12.3, "first": "Dragons"}},
            {"key": {}, "measures": {"n": 1, "sum": None, "first": "A garden of dragons"}},
        ],
        "truncated": False,
    }
    assert '"sum":12.3,' in answer.text


async def test_adds_up_what_is_found(books: httpx2.AsyncClient) -> None:
    body = {"q": "garden", "filter": {"payload.price": {"ne": None}}, "tags": ["a"], "limit": 1}

    assert (await books.post("/records/aggregate", json=body)).json()["groups"] == [
        {"key": {}, "measures": {"count": 1}}
    ]


async def test_adds_up_the_past_and_what_is_deleted(books: httpx2.AsyncClient) -> None:
    [last] = (await books.get("/records?q=garden dragons")).json()["items"]
    await books.delete(f"/records/{last['id']}", headers={"If-Match": '"1"'})

    async def counted(**criteria: object) -> int:
        answer = await books.post("/records/aggregate", json=criteria)
        assert answer.status_code == 200, answer.text
        return answer.json()["groups"][0]["measures"]["count"]

    assert await counted() == 3
    assert await counted(include_deleted=True) == 4
    assert await counted(as_of=last["created_at"]) == 4
    assert await counted(as_of=last["created_at"], q="dragons") == 3


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"group_by": ["payload.a", "nothing"]}, "#/group_by/1"),
        ({"group_by": ["id"] * 11}, "#/group_by"),
        ({"measures": {"a/b": {"function": "sum"}}}, "#/measures/a~1b/field"),
        ({"measures": {"x": {"function": "median", "field": "payload.a"}}}, "#/measures/x/function"),
        ({"measures": {"x": {"function": "avg", "field": "created_at"}}}, "#/measures/x/field"),
        ({"measures": {"x": {"function": "max", "field": "payload..a"}}}, "#/measures/x/field"),
        ({"measures": {}}, "#/measures"),
        ({"filter": {"payload.a": {"what": 1}}}, "#/filter/payload.a/what"),
        ({"q": "\u0000"}, "#/q"),
        ({"limit": 1_000_000}, "#/limit"),
        ({"sort": ["id"]}, "#/sort/0"),
        ({"sort": ["count", "-nothing"], "group_by": ["id"]}, "#/sort/1"),
        ({"sort": ["id"], "group_by": ["id"], "measures": {"id": {"function": "count"}}}, "#/sort/0"),
        ({"sort": ["count"] * 6}, "#/sort"),
        ({"group_by": ["created_at::minute"]}, "#/group_by/0"),
        ({"group_by": ["id", "version::day"]}, "#/group_by/1"),
        ({"group_by": ["payload..a::day"]}, "#/group_by/0"),
        ({"measures": {"x": {"function": "count_distinct"}}}, "#/measures/x/field"),
        ({"time_zone": "Europe/Atlantis"}, "#/time_zone"),
        ({"time_zone": "CET"}, "#/time_zone"),
        ({"time_zone": "Europe"}, "#/time_zone"),
        ({"time_zone": "Europe/../Europe/Berlin"}, "#/time_zone"),
        ({"time_zone": ""}, "#/time_zone"),
    ],
)
async def test_points_at_what_cannot_be_worked_out(
    client: httpx2.AsyncClient, body: dict[str, Any], pointer: str
) -> None:
    answer = await client.post("/records/aggregate", json=body)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_takes_the_first_by_a_measure(books: httpx2.AsyncClient) -> None:
    answer = await books.post(
        "/records/aggregate",
        json={
            "collection": "books",
            "group_by": ["payload.genre", "created_at::year"],
            "time_zone": "Asia/Kolkata",
            "measures": {"prices": {"function": "count_distinct", "field": "payload.price"}},
            "sort": ["-prices", "-payload.genre"],
            "limit": 2,
        },
    )

    assert answer.status_code == 200, answer.text
    found = [(group["key"]["payload.genre"], group["measures"]["prices"]) for group in answer.json()["groups"]]
    assert (found, answer.json()["truncated"]) == ([("tale", 2), ("guide", 1)], True)
    assert all(group["key"]["created_at::year"].endswith("-01-01") for group in answer.json()["groups"])


async def test_takes_the_first_by_a_measure_in_graphql(books: httpx2.AsyncClient) -> None:
    data = await graphql(
        books,
        """{ recordsAggregate(collection: "books", groupBy: ["payload.genre", "payload.sold::week"],
             timeZone: "Europe/Berlin", limit: 1,
             measures: [{name: "prices", function: COUNT_DISTINCT, field: "payload.price"}],
             orderBy: [{name: "prices", direction: DESC}, {name: "payload.sold::week"}]
           ) { truncated groups { key { field value } measures { value } } } }""",
    )

    assert data["recordsAggregate"] == {
        "truncated": True,
        "groups": [{"key": [{"field": "payload.genre", "value": "tale"}], "measures": [{"value": 2}]}],
    }


@pytest.mark.parametrize(
    ("arguments", "pointer"),
    [
        ('orderBy: [{name: "nothing"}]', "#/orderBy/0"),
        ('timeZone: "Moon"', "#/timeZone"),
        ('groupBy: ["id", "id::day"]', "#/groupBy/1"),
    ],
)
async def test_points_at_the_argument_that_is_wrong(client: httpx2.AsyncClient, arguments: str, pointer: str) -> None:
    query = f"{{ recordsAggregate({arguments}) {{ truncated }} }}"
    [error] = (await client.post("/graphql", json={"query": query})).json()["errors"]

    assert error["extensions"]["code"] == "validation_failed"
    assert [each["pointer"] for each in error["extensions"]["errors"]] == [pointer]


async def test_refuses_names_that_are_no_text(client: httpx2.AsyncClient) -> None:
    query = "query ($n: String!) { recordsAggregate(measures: [{name: $n, function: COUNT}]) { truncated } }"
    measured = json.dumps({"measures": {"\ud800": {"function": "count"}}})
    headers = {"Content-Type": "application/json"}

    over_rest = await client.post("/records/aggregate", content=measured, headers=headers)
    over_graphql = await client.post(
        "/graphql", content=json.dumps({"query": query, "variables": {"n": "\ud800"}}), headers=headers
    )

    assert (over_rest.status_code, over_rest.json()["code"]) == (422, "validation_failed")
    assert over_graphql.json()["errors"][0]["extensions"]["code"] == "validation_failed"


async def test_adds_up_in_graphql(books: httpx2.AsyncClient) -> None:
    data = await graphql(
        books,
        """{ recordsAggregate(collection: "books", search: "dragons", groupBy: ["payload.genre"], measures: [
               {name: "n", function: COUNT}, {name: "most", function: MAX, field: "payload.price"}
             ]) { truncated groups { key { field value } measures { name value } } } }""",
    )

    assert data["recordsAggregate"] == {
        "truncated": False,
        "groups": [
            {
                "key": [{"field": "payload.genre", "value": "tale"}],
                "measures": [{"name": "n", "value": 2}, {"name": "most", "value": 12.1}],
            },
            {"key": [], "measures": [{"name": "n", "value": 1}, {"name": "most", "value": None}]},
        ],
    }


async def test_takes_no_two_measures_of_one_name(client: httpx2.AsyncClient) -> None:
    query = '{ recordsAggregate(measures: [{name: "n", function: COUNT}, {name: "n", function: COUNT}]) { truncated } }'
    answer = (await client.post("/graphql", json={"query": query})).json()

    assert "Two measures" in answer["errors"][0]["message"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("payload.title", {"payload": {"title": "A garden of dragons"}}),
        ("version,payload.price,payload.genre", {"version": 1, "payload": {"price": None}}),
        ("collection,tags", {"collection": "books", "tags": ["a"]}),
        ("payload.title,payload", {"payload": BOOKS[3]}),
        ("payload.nothing,deleted_at", {}),
    ],
)
async def test_reads_the_fields_that_are_wanted(books: httpx2.AsyncClient, fields: str, expected: Any) -> None:  # noqa: ANN401 - JSON
    listed = await books.get(f"/records?q=garden dragons&fields={fields}")
    searched = await books.post("/records/search", json={"q": "garden dragons", "fields": fields.split(",")})

    assert [listed.json()["items"], searched.json()["items"]] == [[expected], [expected]]


async def test_goes_on_with_the_fields_that_are_wanted(books: httpx2.AsyncClient) -> None:
    first = await books.get("/records?sort=payload.title&fields=payload.title&limit=3")
    rest = await books.get(first.headers["link"].partition(">")[0].removeprefix("<"))

    assert titles(first) + titles(rest) == sorted(book["title"] for book in BOOKS)
    assert set(rest.json()["items"][0]) == {"payload"}


async def test_names_the_field_that_is_none(client: httpx2.AsyncClient) -> None:
    query = await client.get("/records?fields=id,nothing")
    body = await client.post("/records/search", json={"fields": ["id", "payload.a::time"]})

    assert (query.status_code, query.json()["errors"][0]["parameter"]) == (422, "fields")
    assert (body.status_code, body.json()["errors"][0]["pointer"]) == (422, "#/fields/1")


async def test_reads_the_fields_of_one_record_that_are_wanted(client: httpx2.AsyncClient) -> None:
    made = await client.post("/records", json={"payload": {"a": {"b": 1}, "c": 2}, "tags": ["t"]})
    address = made.headers["location"]
    await client.put(address, json={"payload": {"a": {"b": 3}}})

    now = await client.get(f"{address}?fields=version,payload.a.b,payload.c")
    then = await client.get(f"{address}?fields=tags,payload.c&version=1")
    held = await client.get(f"{address}?fields=tags", headers={"If-None-Match": '"2"'})
    refused = await client.get(f"{address}?fields=payload.a::time")

    assert (now.json(), now.headers["etag"]) == ({"version": 2, "payload": {"a": {"b": 3}}}, '"2"')
    assert (then.json(), then.headers["etag"]) == ({"tags": ["t"], "payload": {"c": 2}}, '"1"')
    assert held.status_code == 304
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "fields")


@pytest.mark.parametrize("path", ["/records/search", "/records/aggregate"])
@pytest.mark.parametrize("limit", ["9" * 4301, "9" * 9000, "1e20", "1e9999999", "-1e9999999", "1e99999999999", '"5"'])
async def test_a_limit_that_no_page_can_have_is_refused_at_once(
    client: httpx2.AsyncClient, path: str, limit: str
) -> None:
    answer = await client.post(path, content=f'{{"limit":{limit}}}', headers={"Content-Type": "application/json"})

    assert answer.status_code in (400, 422), answer.text
