"""Changes in part of collections, webhooks and consumers, over REST and GraphQL; what they do is in tests/contract."""

from typing import Any

import httpx2
import pytest

MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
URL = "http://localhost:9000/hook"

EACH = pytest.mark.parametrize(
    ("address", "whole", "patch"),
    [
        ("/collections/people", {"schema": {"type": "object"}, "retention": {"days": 9}}, {"retention": {"days": 7}}),
        ("/webhooks/mails", {"url": URL, "collection": "people"}, {"enabled": False}),
        ("/consumers/mails", {}, {"cursor": "now"}),
    ],
)
type Body = dict[str, Any]

PATCH = """
mutation ($collection: PatchCollectionInput!, $webhook: PatchWebhookInput!, $consumer: PatchConsumerInput!) {
  patchCollection(input: $collection) { collection { schema retention { days revisions } } userErrors { code path } }
  patchWebhook(input: $webhook) { webhook { url collection enabled secret } userErrors { code path } }
  patchConsumer(input: $consumer) { consumer { name cursor } userErrors { code path } }
}
"""


@EACH
async def test_changes_what_is_named(client: httpx2.AsyncClient, address: str, whole: Body, patch: Body) -> None:
    missing = await client.patch(address, json=patch, headers=MERGE_PATCH)
    made = await client.put(address, json=whole)
    await client.post("/records", json={"payload": 1})
    stale = await client.patch(address, json=patch, headers=MERGE_PATCH | {"If-Match": '"99"'})
    seen = MERGE_PATCH | {"If-Match": made.headers["etag"], "Idempotency-Key": "k"}
    patched = await client.patch(address, json=patch, headers=seen)
    again = await client.patch(address, json=patch, headers=seen)
    read = await client.get(address)

    assert (missing.status_code, stale.status_code) == (404, 412)
    assert (patched.status_code, patched.headers["etag"]) == (200, read.headers["etag"])
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.content, again.headers["etag"]) == (patched.content, patched.headers["etag"])
    assert patched.json() == read.json()
    changed = {name for name, member in made.json().items() if read.json()[name] != member}
    times = {"version", "updated_at", "acknowledged_at", "lag", "secret"}
    assert changed - times == patch.keys()


@EACH
async def test_says_no_more_than_is_wished(client: httpx2.AsyncClient, address: str, whole: Body, patch: Body) -> None:
    await client.put(address, json=whole)

    short = await client.patch(address, json=patch, headers=MERGE_PATCH | {"Prefer": "return=minimal"})
    lenient = await client.patch(address, json={"x": 1}, headers=MERGE_PATCH | {"Prefer": "handling=lenient"})

    assert (short.status_code, short.content) == (204, b"")
    assert short.headers["preference-applied"] == "return=minimal"
    assert short.headers["etag"]
    assert (lenient.status_code, lenient.headers["preference-applied"]) == (200, "handling=lenient")


@EACH
async def test_takes_nothing_but_a_merge_patch(
    client: httpx2.AsyncClient, address: str, whole: Body, patch: Body
) -> None:
    await client.put(address, json=whole)
    before = (await client.get(address)).json()

    plain = await client.patch(address, json=patch)
    unknown = await client.patch(address, json={**patch, "colour": "red"}, headers=MERGE_PATCH)
    a_list = await client.patch(address, json=[patch], headers=MERGE_PATCH)

    assert (plain.status_code, plain.headers["accept-patch"]) == (415, "application/merge-patch+json")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "#/colour")
    assert (a_list.status_code, a_list.json()["code"]) == (422, "validation_failed")
    after = (await client.get(address)).json()
    assert {**after, "lag": None} == {**before, "lag": None}


@pytest.mark.parametrize(
    ("address", "patch", "pointer"),
    [
        ("/webhooks/mails", {"url": None}, "#/url"),
        ("/webhooks/mails", {"enabled": None}, "#/enabled"),
        ("/webhooks/mails", {"secret": None}, "#/secret"),
        ("/webhooks/mails", {"since": None}, "#/since"),
        ("/webhooks/mails", {"enabled": "no"}, "#/enabled"),
        ("/webhooks/mails", {"collection": "a/b"}, "#/collection"),
        ("/consumers/mails", {"cursor": None}, "#/cursor"),
        ("/collections/people", {"retention": {"days": 0}}, "#/retention/days"),
        ("/collections/people", {"retention": {"years": 1}}, "#/retention/years"),
        ("/collections/people", {"retention": {"revisions": 1}}, "#/retention"),
        ("/collections/people", {"schema": {"type": "person"}}, "#/schema/type"),
    ],
)
async def test_points_at_what_cannot_be(client: httpx2.AsyncClient, address: str, patch: Body, pointer: str) -> None:
    await client.put("/webhooks/mails", json={"url": URL})
    await client.put("/consumers/mails", json={})
    await client.put("/collections/people", json={"retention": {"days": 9}})

    answer = await client.patch(address, json=patch, headers=MERGE_PATCH)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def graphql(client: httpx2.AsyncClient, **inputs: Body) -> dict[str, Any]:
    named = {"collection": {"name": "people"}, "webhook": {"name": "mails"}, "consumer": {"name": "mails"}}
    variables = {name: {**named[name], **inputs.get(name, {})} for name in named}
    answer = (await client.post("/graphql", json={"query": PATCH, "variables": variables})).json()
    assert "errors" not in answer, answer
    return {name.removeprefix("patch").lower(): payload for name, payload in answer["data"].items()}


async def test_leaves_what_is_left_out_and_takes_null_for_a_value_in_graphql(client: httpx2.AsyncClient) -> None:
    missing = await graphql(client)
    await client.put("/collections/people", json={"schema": {"type": "object"}, "retention": {"days": 9}})
    await client.put("/webhooks/mails", json={"url": URL, "collection": "people"})
    await client.put("/consumers/mails", json={})
    left = await graphql(client)
    changed = await graphql(
        client,
        collection={"schema": {"minProperties": 1}, "retention": {"days": None, "revisions": 3}},
        webhook={"enabled": False, "collection": None},
        consumer={"cursor": "now"},
    )
    removed = await graphql(client, collection={"schema": None, "retention": None}, webhook={"enabled": True})
    refused = await graphql(client, webhook={"url": None}, consumer={"cursor": None})

    assert [payload["userErrors"][0]["code"] for payload in missing.values()] == [
        "collection_not_found",
        "webhook_not_found",
        "consumer_not_found",
    ]
    assert left["collection"]["collection"] == {
        "schema": {"type": "object"},
        "retention": {"days": 9, "revisions": None},
    }
    assert left["webhook"]["webhook"] == {"url": URL, "collection": "people", "enabled": True, "secret": None}
    assert changed["collection"]["collection"] == {
        "schema": {"type": "object", "minProperties": 1},
        "retention": {"days": None, "revisions": 3},
    }
    assert changed["webhook"]["webhook"] == {"url": URL, "collection": None, "enabled": False, "secret": None}
    assert removed["collection"]["collection"] == {"schema": None, "retention": None}
    assert removed["webhook"]["webhook"]["enabled"] is True
    assert [refused[name]["userErrors"][0]["path"] for name in ("webhook", "consumer")] == [["url"], ["cursor"]]


@pytest.mark.parametrize(("cursor", "code"), [("?", "invalid_cursor"), ("AAIBAA", "cursor_expired")])
async def test_points_at_the_member_that_is_a_cursor(client: httpx2.AsyncClient, cursor: str, code: str) -> None:
    await client.put("/webhooks/mails", json={"url": URL})
    await client.put("/consumers/mails", json={})

    refused = await graphql(client, webhook={"since": cursor}, consumer={"cursor": cursor})
    put = "mutation ($webhook: PutWebhookInput!) { putWebhook(input: $webhook) { userErrors { path } } }"
    given = {"webhook": {"name": "a", "url": URL, "since": cursor}}
    made = await client.post("/graphql", json={"query": put, "variables": given})
    moved = await client.patch("/consumers/mails", json={"cursor": cursor}, headers=MERGE_PATCH)

    assert refused["webhook"]["userErrors"] == [{"code": code, "path": ["since"]}]
    assert refused["consumer"]["userErrors"] == [{"code": code, "path": ["cursor"]}]
    assert made.json()["data"]["putWebhook"]["userErrors"] == [{"path": ["since"]}]
    assert (moved.json()["code"], moved.json()["errors"][0]["parameter"]) == (code, "cursor")


async def test_points_at_the_name_of_what_is_not_there(client: httpx2.AsyncClient) -> None:
    missing = await graphql(client)
    replay = 'mutation { replayDeadLetters(input: {webhook: "mails"}) { userErrors { code path } } }'
    replayed = (await client.post("/graphql", json={"query": replay})).json()["data"]["replayDeadLetters"]

    assert [payload["userErrors"][0]["path"] for payload in missing.values()] == [["name"]] * 3
    assert replayed["userErrors"] == [{"code": "webhook_not_found", "path": ["webhook"]}]


async def test_refuses_in_graphql_unless_the_collection_is_at_the_version(client: httpx2.AsyncClient) -> None:
    await client.put("/collections/people", json={"schema": {"type": "object"}})

    stale = await graphql(client, collection={"schema": None, "expectedVersion": 2})

    assert stale["collection"]["userErrors"] == [{"code": "precondition_failed", "path": ["expectedVersion"]}]
