"""Webhooks over REST and GraphQL."""

from uuid import uuid4

import httpx2
import pytest

URL = "http://localhost:9000/hook"
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"  # noqa: S105 - of no receiver


async def test_a_webhook_is_made_changed_read_and_forgotten(client: httpx2.AsyncClient) -> None:
    made = await client.put("/webhooks/mails", json={"url": URL, "collection": "people"})
    changed = await client.put("/webhooks/mails", json={"url": URL, "enabled": False})
    read = (await client.get("/webhooks/mails")).json()
    listed = (await client.get("/webhooks")).json()
    forgotten = await client.delete("/webhooks/mails")
    gone = await client.get("/webhooks/mails")

    assert (made.status_code, made.headers["location"]) == (201, "/webhooks/mails")
    assert made.json()["secret"].startswith("whsec_")
    assert (changed.status_code, changed.json()["secret"]) == (200, None)
    assert (read["enabled"], read["collection"], read["failures"], read["secret"]) == (False, None, 0, None)
    assert listed["items"] == [read]
    assert (forgotten.status_code, gone.status_code, gone.json()["code"]) == (204, 404, "webhook_not_found")


async def test_a_secret_of_ones_own_is_not_shown(client: httpx2.AsyncClient) -> None:
    made = await client.put("/webhooks/mails", json={"url": URL, "secret": SECRET})

    assert (made.status_code, made.json()["secret"]) == (201, None)


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"url": "http://example.com"}, 422, "#/url"),
        ({"url": "localhost"}, 422, "#/url"),
        ({"url": f"{URL}?{'x' * 2048}"}, 422, "#/url"),
        ({"url": URL, "secret": "short"}, 422, "#/secret"),
        ({"url": URL, "colour": "red"}, 422, "#/colour"),
    ],
)
async def test_what_is_wrong_is_named(
    client: httpx2.AsyncClient, body: dict[str, str], status: int, pointer: str
) -> None:
    answer = await client.put("/webhooks/mails", json=body)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer)


async def test_dead_letters_are_listed_and_replayed(client: httpx2.AsyncClient) -> None:
    await client.put("/webhooks/mails", json={"url": URL})
    listed = await client.get("/webhooks/mails/dead-letters", params={"limit": 5})
    replayed = await client.post("/webhooks/mails/dead-letters/replay", json={"id": str(uuid4())})
    missing = await client.post("/webhooks/none/dead-letters/replay", json={})

    assert (listed.json(), replayed.json()) == ({"items": []}, {"replaying": 0})
    assert (missing.status_code, missing.json()["code"]) == (404, "webhook_not_found")


async def test_replaying_one_dead_letter_does_not_become_replaying_all(client: httpx2.AsyncClient) -> None:
    await client.put("/webhooks/a", json={"url": URL})
    one = 'mutation ($id: UUID) { replayDeadLetters(input: {webhook: "a", id: $id}) { replaying } }'
    whole = "mutation ($input: ReplayDeadLettersInput!) { replayDeadLetters(input: $input) { replaying } }"

    refused = (await client.post("/graphql", json={"query": one, "variables": {}})).json()
    answers = [
        (await client.post("/graphql", json={"query": query, "variables": variables})).json()
        for query, variables in ((one, {"id": None}), (whole, {"input": {"webhook": "a"}}))
    ]

    assert refused["errors"][0]["extensions"]["code"] == "validation_failed"
    assert "$id stands within an input and has no value" in refused["errors"][0]["message"]
    assert not refused.get("data")
    assert answers == [{"data": {"replayDeadLetters": {"replaying": 0}}}] * 2


async def test_a_webhook_of_one_collection_does_not_become_one_of_all(client: httpx2.AsyncClient) -> None:
    put = (
        "mutation ($of: String) {"
        f' putWebhook(input: {{name: "a", url: "{URL}", collection: $of}}) {{ webhook {{ collection }} }} }}'
    )

    answers = [
        (await client.post("/graphql", json={"query": put, "variables": variables})).json()
        for variables in ({}, {"of": None}, {"of": "people"})
    ]

    assert "$of stands within an input and has no value" in answers[0]["errors"][0]["message"]
    assert not answers[0].get("data")
    collections = [answer["data"]["putWebhook"]["webhook"]["collection"] for answer in answers[1:]]
    assert collections == [None, "people"]


async def test_webhooks_over_graphql(client: httpx2.AsyncClient) -> None:
    put = (
        'mutation($url: String!) { putWebhook(input: {name: "a", url: $url}) {'
        " webhook { name url secret enabled failures } created userErrors { code path } } }"
    )
    made = (await client.post("/graphql", json={"query": put, "variables": {"url": URL}})).json()
    bad = (await client.post("/graphql", json={"query": put, "variables": {"url": "http://example.com"}})).json()
    read = '{ webhook(name: "a") { name secret } none: webhook(name: "b") { name } webhooks { name } '
    answer = (await client.post("/graphql", json={"query": read + 'deadLetters(webhook: "a") { id } }'})).json()
    replay = 'mutation { replayDeadLetters(input: {webhook: "a"}) { replaying userErrors { code } } }'
    replayed = (await client.post("/graphql", json={"query": replay})).json()
    delete = 'mutation { deleteWebhook(input: {name: "a"}) { name userErrors { code } } }'
    forgotten = [(await client.post("/graphql", json={"query": delete})).json() for _ in range(2)]

    assert made["data"]["putWebhook"]["created"] is True
    assert made["data"]["putWebhook"]["webhook"]["secret"].startswith("whsec_")
    assert bad["data"]["putWebhook"]["userErrors"] == [{"code": "validation_failed", "path": ["url"]}]
    assert answer["data"] == {
        "webhook": {"name": "a", "secret": None},
        "none": None,
        "webhooks": [{"name": "a"}],
        "deadLetters": [],
    }
    assert replayed["data"]["replayDeadLetters"] == {"replaying": 0, "userErrors": []}
    assert [each["data"]["deleteWebhook"] for each in forgotten] == [
        {"name": "a", "userErrors": []},
        {"name": None, "userErrors": [{"code": "webhook_not_found"}]},
    ]
