"""Subscriptions over WebSockets (graphql-transport-ws) and Server-Sent Events (graphql-sse)."""

import asyncio
import hashlib
import json
import logging
from pathlib import Path
from typing import Any, override

import httpx2
import pytest
from fastapi import FastAPI

from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.application.large_requests import room_for_large_request
from datastore_service.application.lifecycle import Lifecycle
from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Message
from datastore_service.application.request_context import Actor, RequestContext
from datastore_service.bootstrap import Application
from datastore_service.config.settings import Settings
from tests.api.sockets import connected
from tests.api.streams import opened
from tests.apps import create_app, own_app
from tests.patience import PATIENCE

FOLLOW = "subscription { changes { operation version payload actor } }"
INIT = {"type": "connection_init"}
ACK = {"type": "connection_ack"}
ACCEPTED = "websocket.accept"


@pytest.fixture
def app(settings: Settings, mediator: Mediator) -> FastAPI:
    """An application for each test alone, which may stop it."""
    return own_app(settings, mediator)


def service(settings: Settings, application: Application, **graphql: object) -> FastAPI:
    limits = settings.limits.model_copy(update={"heartbeat_seconds": 0.1})
    changed = {"graphql": settings.graphql.model_copy(update=graphql), "limits": limits}
    app = create_app(settings.model_copy(update=changed))
    app.state.mediator = application.mediator
    return app


async def create(client: httpx2.AsyncClient, payload: object) -> None:
    await client.post("/records", json={"payload": payload})


def change(payload: object) -> dict[str, Any]:
    return {"data": {"changes": {"operation": "create", "version": 1, "payload": payload, "actor": "anonymous"}}}


async def test_a_subscription_gives_the_changes_until_it_is_completed(app: FastAPI, client: httpx2.AsyncClient) -> None:
    async with connected(app) as socket:
        await socket.say(INIT)
        await socket.subscribe("a", FOLLOW)
        await socket.subscribe("b", "{ __typename }")
        heard = [await socket.hear() for _ in range(4)]
        await create(client, {"x": 1.50})
        heard.append(await socket.hear())
        await socket.say({"type": "complete", "id": "a"}, {"type": "ping"})
        await create(client, 2)
        heard.append(await socket.hear())

    assert heard == [
        "websocket.accept",
        ACK,
        {"id": "b", "type": "next", "payload": {"data": {"__typename": "Query"}}},
        {"id": "b", "type": "complete"},
        {"id": "a", "type": "next", "payload": change({"x": 1.5})},
        {"type": "pong"},
    ]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "validation_failed"),
        ("subscription { nothing }", "validation_failed"),
        (f"subscription {{ {'...on Subscription { ' * 300} __typename {'}' * 300} }}", "document_too_deep"),
        ("subscription { a: changes { cursor } b: changes { cursor } }", "validation_failed"),
    ],
)
async def test_a_document_that_is_refused_ends_its_operation_alone(app: FastAPI, query: str, code: str) -> None:
    async with connected(app) as socket:
        await socket.say(INIT)
        await socket.subscribe("a", query)
        await socket.subscribe("b", "{ __typename }")
        _, _, *heard = [await socket.hear() for _ in range(5)]

    refusals = [message for message in heard if message["type"] == "error"]
    assert [(message["id"], message["payload"][0]["extensions"]["code"]) for message in refusals] == [("a", code)]
    assert {"id": "b", "type": "complete"} in heard


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([{"type": "subscribe", "id": "a", "payload": {"query": FOLLOW}}], 4401),
        ([INIT, INIT], 4429),
        ([INIT, *[{"type": "subscribe", "id": "a", "payload": {"query": FOLLOW}}] * 2], 4409),
        (["nonsense"], 4400),
        (["[1]"], 4400),
        ([INIT, {"type": "shout"}], 4400),
        ([INIT, {"type": "subscribe", "id": 1, "payload": {"query": FOLLOW}}], 4400),
        ([INIT, {"type": "subscribe", "id": "a"}], 4400),
        ([INIT, {"type": "subscribe", "id": "", "payload": {"query": FOLLOW}}], 4400),
        ([INIT, {"type": "ping", "payload": 1}], 4400),
        ([INIT, {"type": "pong", "payload": [1]}], 4400),
        ([{"type": "connection_init", "payload": 1}], 4400),
        ([], 4408),
    ],
)
async def test_who_does_not_keep_to_the_protocol_is_told_so_in_the_end(
    settings: Settings, application: Application, messages: list[object], code: int
) -> None:
    async with connected(service(settings, application, connection_init_seconds=0.2)) as socket:
        await socket.say(*messages)
        while not isinstance(heard := await socket.hear(), int):
            pass

    assert heard == code


async def test_pages_elsewhere_and_other_names_get_no_connection(app: FastAPI) -> None:
    for headers in ({"origin": "https://elsewhere.example"}, {"host": "rebound.example"}):
        async with connected(app, headers) as socket:
            assert isinstance(await socket.hear(), int)


async def test_other_protocols_are_not_spoken(app: FastAPI) -> None:
    async with connected(app, protocols=("graphql-ws",)) as socket:
        assert [await socket.hear(), await socket.hear()] == ["websocket.accept", 4406]


async def test_a_connection_may_have_so_many_operations(settings: Settings, application: Application) -> None:
    async with connected(service(settings, application, max_subscriptions=1)) as socket:
        await socket.say(INIT)
        await socket.subscribe("a", FOLLOW)
        await socket.subscribe("b", FOLLOW)
        refusal = [await socket.hear() for _ in range(3)][-1]

    assert (refusal["id"], refusal["payload"][0]["extensions"]["code"]) == ("b", "too_many_streams")


async def test_only_trusted_documents_are_followed(
    settings: Settings, application: Application, tmp_path: Path
) -> None:
    name = hashlib.sha256(FOLLOW.encode()).hexdigest()
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({name: FOLLOW}))
    app = service(settings, application, trusted_documents=manifest)
    transport = httpx2.ASGITransport(app)
    async with (
        httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080") as client,
        connected(app) as socket,
    ):
        await socket.say(INIT, {"type": "subscribe", "id": "a", "payload": {"documentId": f"sha256:{name}"}})
        await socket.subscribe("b", "{ __typename }")
        refusal = [await socket.hear() for _ in range(3)][-1]
        async with asyncio.timeout(PATIENCE):
            while not application.changes.subscriptions:  # noqa: ASYNC110 - no event tells of it
                await asyncio.sleep(0)
        await create(client, 1)
        followed = await socket.hear()

    assert refusal["payload"][0]["extensions"]["code"] == "document_not_trusted"
    assert followed["payload"] == change(1)


async def test_who_speaks_is_found_out_from_what_he_says_when_he_begins(
    settings: Settings, application: Application
) -> None:
    async def authenticate(request: Any) -> Actor:  # noqa: ANN401 - a Request
        if request.headers.get("authorization") != "Bearer ada":
            raise RequestRefused(Problem("unauthenticated", "Who are you?"))
        return Actor(id="ada")

    app = create_app(settings, authenticate=authenticate)
    app.state.mediator = application.mediator
    async with connected(app) as nobody, connected(app) as ada:
        await nobody.say(INIT)
        await ada.say(INIT | {"payload": {"Authorization": "Bearer ada"}})
        heard = [[await socket.hear() for _ in range(2)][-1] for socket in (nobody, ada)]

    assert heard == [4403, ACK]


@pytest.mark.parametrize("sockets_first", [True, False])
async def test_a_stop_closes_sockets_so_that_clients_come_back(
    app: FastAPI, application: Application, *, sockets_first: bool
) -> None:
    lifecycle: Lifecycle = app.state.lifecycle
    async with connected(app) as subscribed, connected(app) as idle, connected(app) as silent:
        await subscribed.say(INIT)
        await subscribed.subscribe("a", FOLLOW)
        await subscribed.subscribe("b", "{ __typename }")
        for _ in range(4):
            await subscribed.hear()
        await idle.say(INIT)
        assert [await idle.hear(), await idle.hear(), await silent.hear()] == [ACCEPTED, ACK, ACCEPTED]

        ends = [lifecycle.end, application.changes.end]
        for end in ends if sockets_first else reversed(ends):
            end()

        # Nothing comes before it, `complete` in particular.
        assert [await socket.hear() for socket in (subscribed, idle, silent)] == [1012] * 3
        await asyncio.wait_for(lifecycle.drained(), 5)


class SlowMediator:
    """Carries nothing out before it may."""

    def __init__(self, mediator: Mediator) -> None:
        self._mediator = mediator
        self.begun, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def send(self, message: Message[Any], context: RequestContext | None = None) -> Any:  # noqa: ANN401 - any message's result
        self.begun.set()
        await self.may_go_on.wait()
        return await self._mediator.send(message, context)


async def test_a_stop_lets_a_socket_have_the_answer_that_is_under_way(app: FastAPI, mediator: Mediator) -> None:
    app.state.mediator = slow = SlowMediator(mediator)
    lifecycle: Lifecycle = app.state.lifecycle
    async with connected(app) as socket:
        await socket.say(INIT)
        await socket.subscribe("a", 'mutation { createRecord(input: {payload: "kept"}) { record { payload } } }')
        heard = [await socket.hear(), await socket.hear()]
        await slow.begun.wait()
        lifecycle.end()
        await socket.subscribe("late", "{ __typename }")
        await asyncio.sleep(0)
        drained = asyncio.create_task(lifecycle.drained())
        await asyncio.sleep(0)
        assert not drained.done()

        slow.may_go_on.set()
        heard += [await socket.hear() for _ in range(3)]
        await asyncio.wait_for(drained, PATIENCE)

    created = {"data": {"createRecord": {"record": {"payload": "kept"}}}}
    assert heard[2:] == [{"id": "a", "type": "next", "payload": created}, {"id": "a", "type": "complete"}, 1012]


class AttentiveMediator(Mediator):
    """Remembers of each message whether the messages before it count as written by the same operation."""

    def __init__(self, mediator: Mediator) -> None:
        self._mediator = mediator
        self.sent: list[tuple[str, bool | None]] = []

    @override
    async def send[R](self, message: Message[R], context: RequestContext | None = None) -> R:
        writes = context and context.writes
        self.sent.append((type(message).__name__, writes and writes.made))
        return await self._mediator.send(message, context)


async def test_that_a_client_has_written_concerns_the_operation_alone(app: FastAPI, mediator: Mediator) -> None:
    app.state.mediator = attentive = AttentiveMediator(mediator)
    created = "mutation { createRecord(input: {payload: 1}) { record { id links { totalCount } } } }"
    async with connected(app) as socket:
        await socket.say(INIT)
        for name, document in {"a": created, "b": "{ records { totalCount } }"}.items():
            await socket.subscribe(name, document)
            while (heard := await socket.hear()) != {"id": name, "type": "complete"}:
                assert "errors" not in str(heard)

    assert attentive.sent[0] == ("CreateRecord", True)
    assert attentive.sent[1][1] is True
    assert attentive.sent[-1][1] is False


async def test_a_socket_that_is_opened_while_the_service_stops_is_closed(app: FastAPI) -> None:
    lifecycle: Lifecycle = app.state.lifecycle
    conversations: set[object] = app.state.conversations
    async with connected(app) as socket:
        await socket.hear()
        lifecycle.end()
        assert await socket.hear() == 1012
    assert not conversations


async def test_events_carry_results_signs_of_life_and_the_end(settings: Settings, application: Application) -> None:
    app = service(settings, application)
    query = "query={__typename}"
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080") as client:
        async with opened(app, f"/graphql?{query}") as stream:
            once = [await stream.event(), await stream.event()]
        async with opened(app, "/graphql?query=mutation{__typename}") as stream:
            refused = json.loads((await stream.event())["data"])
        async with opened(app, "/graphql?query=subscription{changes{operation,version,payload,actor}}") as stream:
            alive = [await stream.block() for _ in range(3)]
            await create(client, 1)
            following = await stream.event()
            lifecycle: Lifecycle = app.state.lifecycle
            lifecycle.end()
            application.changes.end()
            left = await stream.end()

    assert stream.headers["content-type"].startswith("text/event-stream")
    assert all([*block] == [""] for block in alive)
    assert (following["event"], json.loads(following["data"])) == ("next", change(1))
    assert b"event:" not in left
    assert [part["event"] for part in once] == ["next", "complete"]
    assert refused["errors"][0]["extensions"]["code"] == "method_not_allowed"


async def test_a_subscription_that_asks_for_no_stream_is_told_what_there_is(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": FOLLOW})

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (406, "not_acceptable")


async def test_a_client_that_leaves_while_it_is_sent_a_message_is_one_line_in_the_log(
    app: FastAPI, client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with connected(app) as socket:
        await socket.say(INIT)
        await socket.subscribe("a", FOLLOW)
        heard = [await socket.hear(), await socket.hear()]
        await asyncio.sleep(0.1)
        socket.gone = True
        await create(client, 1)
        await asyncio.sleep(0.1)

    assert heard == [ACCEPTED, ACK]
    told = [record for record in caplog.records if "strawberry" in record.name or "websockets" in record.name]
    assert [(record.levelno, record.exc_info) for record in told] == [(logging.INFO, None)]


LARGE = {"variables": {"unused": "x" * 200_000}}


@pytest.fixture
def narrow(settings: Settings, mediator: Mediator) -> FastAPI:
    """An application that works on one large request at a time."""
    limits = settings.limits.model_copy(update={"large_requests": 1})
    return own_app(settings.model_copy(update={"limits": limits}), mediator)


async def test_a_large_operation_waits_for_room_and_small_ones_do_not(narrow: FastAPI) -> None:
    async with connected(narrow) as socket, connected(narrow) as other:
        for each in (socket, other):
            await each.say(INIT)
            assert [await each.hear() for _ in range(2)] == [ACCEPTED, ACK]
        with narrow.state.capacity.large_requests.working():
            await room_for_large_request()
            await socket.subscribe("a", "{ __typename }", **LARGE)
            await other.subscribe("b", "{ __typename }")
            assert [(await other.hear())["type"] for _ in range(2)] == ["next", "complete"]
            assert socket.from_service.empty()

        assert [(await socket.hear())["type"] for _ in range(2)] == ["next", "complete"]


@pytest.mark.parametrize("query", ["{ __typename }", "{ unknown }", "{", FOLLOW])
async def test_a_large_message_leaves_its_room(narrow: FastAPI, query: str) -> None:
    async with connected(narrow) as socket, connected(narrow) as other:
        for each in (socket, other):
            await each.say(INIT)
            assert [await each.hear() for _ in range(2)] == [ACCEPTED, ACK]
        await socket.subscribe("a", query, **LARGE)
        await socket.say({"type": "ping", "payload": LARGE})
        while (await socket.hear())["type"] != "pong":
            pass

        await other.subscribe("b", "{ __typename }", **LARGE)

        assert [(await other.hear())["type"] for _ in range(2)] == ["next", "complete"]


async def test_a_large_message_that_ends_its_connection_leaves_its_room(narrow: FastAPI) -> None:
    async with connected(narrow) as socket:
        await socket.say(INIT, [LARGE])
        assert [await socket.hear() for _ in range(3)] == [ACCEPTED, ACK, 4400]

    async with connected(narrow) as socket:
        await socket.say(INIT)
        await socket.subscribe("b", "{ __typename }", **LARGE)
        assert (await socket.hear(), await socket.hear(), (await socket.hear())["type"]) == (ACCEPTED, ACK, "next")
