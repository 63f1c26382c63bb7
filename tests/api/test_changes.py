"""The log of changes over REST; what its followers may rely on is tested in tests/contract."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from datastore_service.bootstrap import Application
from datastore_service.config.settings import Settings
from tests.api.streams import opened
from tests.apps import create_app


@pytest.fixture
def lively(settings: Settings, application: Application) -> FastAPI:
    """The service with a quick heart, short deadlines, and room for two streams."""
    limits = settings.limits.model_copy(
        update={"heartbeat_seconds": 0.1, "request_seconds": 1.5, "concurrent_requests": 1}
    )
    app = create_app(settings.model_copy(update={"limits": limits}))
    app.state.mediator = application.mediator
    return app


async def create(client: httpx2.AsyncClient, payload: object, **members: object) -> dict[str, Any]:
    answer = await client.post("/records", json={"payload": payload, **members})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_page_tells_what_each_change_has_left(client: httpx2.AsyncClient) -> None:
    record = (await client.post("/records", json={"payload": {"a": 1}, "tags": ["x"]})).json()
    await client.put(f"/records/{record['id']}", json={"payload": 2}, headers={"X-Request-Id": "me"})
    await client.delete(f"/records/{record['id']}")

    page = (await client.get("/changes")).json()

    assert [(item["operation"], item["version"], item["payload"]) for item in page["items"]] == [
        ("create", 1, {"a": 1}),
        ("replace", 2, 2),
        ("delete", 3, 2),
    ]
    assert {(item["record_id"], item["collection"], item["actor"]) for item in page["items"]} == {
        (record["id"], "default", "anonymous")
    }
    assert (page["items"][0]["tags"], page["items"][0]["at"]) == (["x"], record["updated_at"])
    assert page["items"][1]["correlation_id"] == "me"
    assert (page["has_more"], page["next_cursor"]) == (False, page["items"][2]["cursor"])


async def test_pages_follow_each_other(client: httpx2.AsyncClient) -> None:
    for number in range(5):
        await create(client, number, collection="mine" if number % 2 == 0 else "other")

    first = (await client.get("/changes", params={"limit": 2, "collection": "mine"})).json()
    second = (await client.get("/changes", params={"since": first["next_cursor"], "collection": "mine"})).json()
    none = (await client.get("/changes", params={"since": "now"})).json()

    assert [item["payload"] for item in first["items"]] == [0, 2]
    assert [item["payload"] for item in second["items"]] == [4]
    assert (first["has_more"], second["has_more"], none["items"]) == (True, False, [])


@pytest.mark.parametrize("since", ["nonsense", "AAAA", "é", "%00"])
async def test_what_is_no_cursor_is_refused(client: httpx2.AsyncClient, since: str) -> None:
    answer = await client.get("/changes", params={"since": since})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


async def test_a_cursor_of_a_restored_database_is_gone(client: httpx2.AsyncClient, app: FastAPI) -> None:
    foreign = "AAIBAA"

    page = await client.get("/changes", params={"since": foreign})
    async with opened(app, "/changes", {"Last-Event-ID": foreign}) as stream:
        pass

    assert (page.status_code, page.json()["code"], stream.status) == (410, "cursor_expired", 410)


async def test_who_waits_neither_takes_too_long_nor_keeps_others_out(lively: FastAPI) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(lively), base_url="http://localhost:8080") as client:
        waiting = asyncio.create_task(client.get("/changes", params={"wait": 30}))
        await asyncio.sleep(1.6)
        await create(client, 1)
        page = await waiting

    assert (page.status_code, [item["payload"] for item in page.json()["items"]]) == (200, [1])


async def test_a_stream_gives_each_change_with_its_cursor(lively: FastAPI) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(lively), base_url="http://localhost:8080") as client:
        await create(client, 0)
        async with opened(lively, "/changes") as stream:
            await create(client, 1)
            await create(client, 2)
            events = [await stream.event() for _ in range(2)]
        async with opened(lively, "/changes?since=beginning", {"Last-Event-ID": events[0]["id"]}) as again:
            resumed = await again.event()
        async with opened(lively, "/changes?since=beginning&collection=default") as whole:
            everything = [json.loads((await whole.event())["data"])["payload"] for _ in range(3)]

    assert stream.headers["content-type"].startswith("text/event-stream")
    assert [json.loads(event["data"])["payload"] for event in events] == [1, 2]
    assert [json.loads(event["data"])["cursor"] for event in events] == [event["id"] for event in events]
    assert resumed == events[1]
    assert everything == [0, 1, 2]


async def test_a_stream_without_changes_gives_signs_of_life_that_know_its_place(lively: FastAPI) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(lively), base_url="http://localhost:8080") as client:
        async with opened(lively, "/changes?collection=mine") as stream:
            first = await stream.block()
            await create(client, 1, collection="other")
            await asyncio.sleep(0.3)
            beats = [await stream.block() for _ in range(3)]
        await create(client, 2, collection="mine")
        async with opened(lively, "/changes", {"Last-Event-ID": beats[-1]["id"]}) as again:
            change = await again.event()

    assert first["retry"] == "1000"
    assert all("" in beat and "data" not in beat for beat in beats)
    assert beats[-1]["id"] != first["id"]
    assert json.loads(change["data"])["payload"] == 2


async def test_a_snapshot_comes_before_the_changes_and_says_where_it_ends(lively: FastAPI) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(lively), base_url="http://localhost:8080") as client:
        for number in range(2):
            await create(client, number)
        async with opened(lively, "/changes?snapshot=true") as stream:
            parts = [await stream.event() for _ in range(3)]
            await create(client, 2)
            parts.append(await stream.event())
        async with opened(lively, "/changes?snapshot=true", {"Last-Event-ID": parts[0]["id"]}) as again:
            resumed = [await again.event() for _ in range(3)]

    assert [json.loads(part["data"]).get("operation") for part in parts] == ["snapshot", "snapshot", None, "create"]
    assert parts[2]["event"] == "snapshot-end"
    assert resumed == parts[1:]


async def test_a_stream_is_told_that_the_service_stops(lively: FastAPI, application: Application) -> None:
    async with opened(lively, "/changes") as stream:
        await application.changes.close()
        last = await stream.event()
        await stream.end()

    assert last["event"] == "end"


async def test_streams_do_not_count_as_requests_and_have_a_limit_of_their_own(
    lively: FastAPI, application: Application
) -> None:
    async with opened(lively, "/changes") as one, opened(lively, "/changes") as other:
        assert (one.status, other.status, application.changes.subscriptions) == (200, 200, 2)

    assert application.changes.subscriptions == 0


async def test_head_has_the_headers_of_a_stream_and_an_end(client: httpx2.AsyncClient) -> None:
    answer = await client.head("/changes", headers={"Accept": "text/event-stream"})

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")


async def test_a_consumer_is_made_moved_read_and_forgotten(client: httpx2.AsyncClient) -> None:
    for number in range(3):
        await create(client, number)
    made = await client.put("/consumers/mails", json={})
    first = (await client.get("/changes", params={"consumer": "mails", "limit": 2})).json()
    moved = await client.put("/consumers/mails", json={"cursor": first["next_cursor"]})
    rest = (await client.get("/changes", params={"consumer": "mails"})).json()
    back = await client.put("/consumers/mails", json={"cursor": "beginning"})
    rewound = await client.put("/consumers/mails", json={"cursor": "beginning", "rewind": True})
    listed = (await client.get("/consumers")).json()
    forgotten = await client.delete("/consumers/mails")
    gone = await client.get("/changes", params={"consumer": "mails"})

    assert (made.status_code, made.headers["location"], made.json()["lag"]["changes"]) == (201, "/consumers/mails", 3)
    assert (moved.status_code, moved.json()["lag"]["changes"]) == (200, 1)
    assert [item["payload"] for item in rest["items"]] == [2]
    assert (back.status_code, back.json()["code"]) == (409, "consumer_ahead")
    assert (rewound.status_code, listed["items"][0]["name"]) == (200, "mails")
    assert (forgotten.status_code, gone.status_code, gone.json()["code"]) == (204, 404, "consumer_not_found")


async def test_where_to_begin_is_said_once(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/changes", params={"consumer": "mails", "since": "now"})

    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "consumer")


async def test_consumers_over_graphql(client: httpx2.AsyncClient) -> None:
    await create(client, 1)
    put = (
        'mutation($cursor: String!) { putConsumer(input: {name: "a", cursor: $cursor}) {'
        " consumer { name cursor lagChanges lagSeconds } created userErrors { code path } } }"
    )
    made = await client.post("/graphql", json={"query": put, "variables": {"cursor": "now"}})
    back = await client.post("/graphql", json={"query": put, "variables": {"cursor": "beginning"}})
    bad = await client.post("/graphql", json={"query": put, "variables": {"cursor": "?"}})
    read = await client.post("/graphql", json={"query": '{ consumer(name: "a") { name } consumers { name } }'})
    delete = 'mutation { deleteConsumer(input: {name: "a"}) { name userErrors { code } } }'
    forgotten = [(await client.post("/graphql", json={"query": delete})).json() for _ in range(2)]

    assert made.json()["data"]["putConsumer"]["created"] is True
    assert made.json()["data"]["putConsumer"]["consumer"]["lagChanges"] == 0
    assert back.json()["data"]["putConsumer"]["userErrors"] == [{"code": "consumer_ahead", "path": ["cursor"]}]
    assert bad.json()["data"]["putConsumer"]["userErrors"] == [{"code": "invalid_cursor", "path": ["cursor"]}]
    assert read.json()["data"] == {"consumer": {"name": "a"}, "consumers": [{"name": "a"}]}
    assert [answer["data"]["deleteConsumer"] for answer in forgotten] == [
        {"name": "a", "userErrors": []},
        {"name": None, "userErrors": [{"code": "consumer_not_found"}]},
    ]
