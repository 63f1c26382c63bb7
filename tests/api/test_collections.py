"""Collections over REST; what they do is tested in tests/contract."""

from typing import Any

import httpx2
import pytest

SCHEMA = {"type": "object", "required": ["name"]}


async def test_puts_reads_and_deletes_one(client: httpx2.AsyncClient) -> None:
    made = await client.put("/collections/people", json={"schema": SCHEMA})
    read = await client.get("/collections/people")
    known = await client.get("/collections/people", headers={"If-None-Match": '"1"'})
    stale = await client.put("/collections/people", json={}, headers={"If-Match": '"9"'})
    changed = await client.put("/collections/people", json={"schema": None}, headers={"If-Match": '"1"'})
    deleted = await client.delete("/collections/people", headers={"If-Match": '"2"'})
    gone = await client.get("/collections/people")

    assert (made.status_code, made.headers["location"], made.headers["etag"]) == (201, "/collections/people", '"1"')
    assert read.json() == made.json()
    assert read.json()["schema"] == SCHEMA
    assert (known.status_code, stale.status_code) == (304, 412)
    assert (changed.status_code, changed.json()["schema"], changed.headers["etag"]) == (200, None, '"2"')
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (gone.status_code, gone.json()["code"]) == (404, "collection_not_found")


async def test_a_payload_that_does_not_fit_is_shown_its_bad_parts(client: httpx2.AsyncClient) -> None:
    schema = {"properties": {"name": {"type": "string"}, "tags/x": {"type": "array"}}}
    await client.put("/collections/people", json={"schema": schema})

    answer = await client.post("/records", json={"collection": "people", "payload": {"name": 1, "tags/x": 2}})

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "schema_violated")
    assert {error["pointer"] for error in problem["errors"]} == {"#/payload/name", "#/payload/tags~1x"}


async def test_one_in_use_is_409(client: httpx2.AsyncClient) -> None:
    await client.post("/records", json={"payload": 1})

    answer = await client.delete("/collections/default")

    assert (answer.status_code, answer.json()["code"]) == (409, "collection_not_empty")


async def test_lists_them_page_by_page(client: httpx2.AsyncClient) -> None:
    for name in ("b", "a", "c"):
        await client.put(f"/collections/{name}", json={})

    first = await client.get("/collections", params={"limit": 2})
    second = await client.get(first.links["next"]["url"])

    assert [item["name"] for item in first.json()["items"] + second.json()["items"]] == ["b", "a", "c"]
    assert second.json()["next_cursor"] is None


@pytest.mark.parametrize(
    ("name", "body", "pointer"),
    [("people", {"schema": {"type": "person"}}, "#/schema/type"), ("people", {"scheme": {}}, "#/scheme")],
)
async def test_refuses_what_is_no_collection(
    client: httpx2.AsyncClient, name: str, body: dict[str, object], pointer: str
) -> None:
    answer = await client.put(f"/collections/{name}", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_refuses_a_bad_name(client: httpx2.AsyncClient) -> None:
    assert (await client.put("/collections/-x", json={})).status_code == 422
    assert (await client.get("/collections/a%20b")).status_code == 422


async def test_a_collection_says_what_history_it_keeps(client: httpx2.AsyncClient) -> None:
    put = await client.put("/collections/people", json={"retention": {"days": 30}})
    got = await client.get("/collections/people")
    unset = await client.put("/collections/people", json={})

    assert put.json()["retention"] == got.json()["retention"] == {"days": 30}
    assert unset.json()["retention"] is None


@pytest.mark.parametrize(
    "retention", [{}, {"days": 1, "revisions": 1}, {"days": 0}, {"revisions": 1_000_001}, {"years": 1}, {"days": None}]
)
async def test_a_retention_is_one_of_two(client: httpx2.AsyncClient, retention: dict[str, object]) -> None:
    response = await client.put("/collections/people", json={"retention": retention})

    assert (response.status_code, response.json()["code"]) == (422, "validation_failed")
    assert all(error["pointer"].startswith("#/retention") for error in response.json()["errors"])


async def test_reverts_a_collection_to_a_time_and_previews_it(client: httpx2.AsyncClient) -> None:
    record = (await client.post("/records", json={"collection": "people", "payload": 1})).json()
    await client.put(f"/records/{record['id']}", json={"payload": 2})
    body = {"as_of": record["updated_at"]}

    preview = await client.post("/collections/people/revert", json={**body, "dry_run": True})
    unchanged = (await client.get(f"/records/{record['id']}")).json()
    done = await client.post("/collections/people/revert", json=body, headers={"If-Match": '"1"'})
    nothing = await client.post("/collections/people/revert", json=body, headers={"Prefer": "return=minimal"})

    item = {"id": record["id"], "operation": "revert", "version": 3, "to_version": 1}
    assert preview.json() == {"dry_run": True, "count": 1, "items": [item]}
    assert done.json() == {"dry_run": False, "count": 1, "items": [item]}
    assert nothing.json() == {"dry_run": False, "count": 0}
    assert unchanged["payload"] == 2
    assert (await client.get(f"/records/{record['id']}")).json()["payload"] == 1


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        ({"as_of": "2100-01-01T00:00:00Z"}, {}, 409, "as_of_in_future"),
        ({"as_of": "2000-01-01T00:00:00Z"}, {"If-Match": '"9"'}, 412, "precondition_failed"),
        ({"as_of": "2000"}, {}, 422, "validation_failed"),
        ({}, {}, 422, "validation_failed"),
    ],
)
async def test_a_revert_that_cannot_be_is_refused(
    client: httpx2.AsyncClient, body: dict[str, str], headers: dict[str, str], status: int, code: str
) -> None:
    await client.put("/collections/people", json={})

    response = await client.post("/collections/people/revert", json=body, headers=headers)

    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_a_check_tells_what_would_come_of_a_schema(client: httpx2.AsyncClient) -> None:
    await client.put("/collections/people", json={"schema": {"type": "object", "properties": {"name": {}}}})
    made = await client.post("/records", json={"collection": "people", "payload": {"name": 1}})
    schema = {"type": "object", "properties": {"name": {"type": "string"}, "more": {}}}

    answer = await client.post(
        "/collections/people/check", json={"schema": schema, "api": {"type": "Person"}, "allow": ["readers", "writers"]}
    )

    report = answer.json()
    assert (answer.status_code, report["verdict"]) == (200, "needs_documents")
    assert [(change["kind"], change["member"], change["documents"]) for change in report["changes"]] == [
        ("type_changed", "/name", "check"),
        ("member_added", "/more", "yes"),
    ]
    assert (report["documents"]["checked"], report["documents"]["misfits"]) == (1, 1)
    assert report["documents"]["samples"] == [
        {
            "id": made.json()["id"],
            "version": 1,
            "errors": [{"pointer": "/name", "detail": 'the value is not of type "string"'}],
        }
    ]
    assert {"Person", "Query.person", "Query.people"} <= set(report["names"]["claimed"])
    assert (report["names"]["taken"], [note["pointer"] for note in report["notes"]]) == ([], ["/properties/more"])
    assert report["seconds"] >= 0
    assert (await client.get("/collections/people")).json()["version"] == 1


@pytest.mark.parametrize(
    ("properties", "api", "code", "pointer"),
    [
        ({"a-b": {}}, {"type": "Person"}, "name_invalid", "#/schema/properties/a-b"),
        ({"a": {}}, {"type": "Per son"}, "name_invalid", "#/api/type"),
        ({"a": {"x-index": 1}}, {"type": "Person"}, "keyword_invalid", "#/schema/properties/a/x-index"),
        ({"a": {}}, {"type": "Person", "more": 1}, "validation_failed", "#/api/more"),
    ],
)
async def test_a_check_of_a_bad_schema_is_refused_with_the_bad_part(
    client: httpx2.AsyncClient, properties: dict[str, object], api: dict[str, object], code: str, pointer: str
) -> None:
    body = {"schema": {"type": "object", "properties": properties}, "api": api}

    answer = await client.post("/collections/people/check", json=body)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, code)
    assert problem["errors"][0]["pointer"] == pointer


async def test_a_check_refuses_a_retention_as_put_does(client: httpx2.AsyncClient) -> None:
    body: dict[str, object] = {"retention": {}}

    answers = [
        await client.post("/collections/people/check", json=body),
        await client.put("/collections/people", json=body),
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json()["errors"] == answers[1].json()["errors"]


TYPED = {"type": "object", "properties": {"name": {"type": "string"}}}


async def test_a_collection_is_made_typed_changed_and_untyped(client: httpx2.AsyncClient) -> None:
    made = await client.put("/collections/people", json={"schema": TYPED, "api": {"type": "Person"}})
    read = await client.get("/collections/people")
    kept = await client.put("/collections/people", json={"schema": TYPED, "retention": {"days": 1}})
    renamed = await client.patch(
        "/collections/people",
        json={"api": {"one": "human", "node": "record"}, "allow": ["readers"]},
        headers={"Content-Type": "application/merge-patch+json"},
    )
    untyped = await client.put("/collections/people", json={"schema": TYPED, "api": None})

    assert (made.status_code, made.json()) == (201, read.json())
    assert made.json()["api"] == {"type": "Person", "one": "person", "many": "people", "node": "typed"}
    assert made.json()["typed_since"] is not None
    assert (kept.json()["api"], kept.json()["retention"]) == (made.json()["api"], {"days": 1})
    assert renamed.json()["api"] == {"type": "Person", "one": "human", "many": "people", "node": "record"}
    assert (untyped.json()["api"], untyped.json()["typed_since"]) == (None, None)


async def test_a_refused_change_has_the_report_also_when_it_is_repeated(client: httpx2.AsyncClient) -> None:
    misfit = await client.post("/records", json={"collection": "people", "payload": {"name": 1}})
    request: dict[str, Any] = {
        "json": {"schema": TYPED, "api": {"type": "Person"}},
        "headers": {"Idempotency-Key": "k"},
    }

    answer = await client.put("/collections/people", **request)
    again = await client.put("/collections/people", **request)

    assert (answer.status_code, answer.json()["code"]) == (409, "schema_change_refused")
    report = answer.json()["report"]
    assert (report["verdict"], report["documents"]["misfits"]) == ("needs_documents", 1)
    assert report["documents"]["samples"][0]["id"] == misfit.json()["id"]
    assert (again.json(), again.headers["idempotency-replayed"]) == (answer.json(), "true")


async def test_a_taken_name_tells_its_owner(client: httpx2.AsyncClient) -> None:
    await client.put("/collections/people", json={"schema": TYPED, "api": {"type": "Person"}})

    answer = await client.put("/collections/humans", json={"schema": TYPED, "api": {"type": "Person", "one": "human"}})
    check = await client.post(
        "/collections/humans/check", json={"schema": TYPED, "api": {"type": "Person", "one": "human"}}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")
    first = answer.json()["errors"][0]
    assert (first["pointer"], first["owner"]) == ("#/api/type", "collection people, api/type")
    assert check.json()["verdict"] == "refused"


async def test_a_collection_is_typed_over_graphql(client: httpx2.AsyncClient) -> None:
    typed = await _ask(
        client,
        """mutation($schema: JSON!) {
          putCollection(input: {name: "people", schema: $schema, api: {type: "Person", node: record}}) {
            collection { api { type one many node } typedSince }
          }
        }""",
        schema=TYPED,
    )
    refused = await _ask(
        client,
        'mutation { patchCollection(input: {name: "people", api: {type: "Human"}}) { userErrors { code } } }',
    )
    allowed = await _ask(
        client,
        """mutation {
          patchCollection(input: {name: "people", api: {type: "Human", node: typed}, allow: [readers, writers]}) {
            collection { api { type node } }
          }
        }""",
    )
    untyped = await _ask(
        client, 'mutation { patchCollection(input: {name: "people", api: null}) { collection { api { type } } } }'
    )
    listed = await _ask(client, '{ collection(name: "people") { api { type } typedSince } }')

    collection = typed["putCollection"]["collection"]
    assert collection["api"] == {"type": "Person", "one": "person", "many": "people", "node": "record"}
    assert collection["typedSince"] is not None
    assert refused["patchCollection"]["userErrors"] == [{"code": "schema_change_refused"}]
    assert allowed["patchCollection"]["collection"]["api"] == {"type": "Human", "node": "typed"}
    assert untyped["patchCollection"]["collection"]["api"] is None
    assert listed["collection"] == {"api": None, "typedSince": None}


async def _ask(client: httpx2.AsyncClient, query: str, **variables: object) -> Any:  # noqa: ANN401 - JSON
    return (await client.post("/graphql", json={"query": query, "variables": variables})).json()["data"]
