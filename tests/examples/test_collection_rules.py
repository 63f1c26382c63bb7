"""docs/examples/bearer: what a token grants, whichever door is tried."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx2
import pytest
from fastapi import FastAPI

from tests.api.sockets import Socket, connected
from tests.api.streams import opened
from tests.examples.bearers import bearing
from tests.examples.conftest import StoppableClock

ORDER, CUSTOMER, SECRET, GONE = (f"01a210d2-60bc-70f9-9dd6-c14b2b5c84b{end}" for end in "0123")
MARK: Final = "cl4ss1f1ed"
LATER: Final = "2999-01-01T00:00:00Z"
ADA: Final = bearing("write:orders read:customers")


@dataclass(frozen=True, slots=True)
class Service:
    """The service, as it answers Ada, who may write orders and read customers, and the administrator."""

    client: httpx2.AsyncClient

    async def ada(self, method: str, path: str, **request: Any) -> httpx2.Response:  # noqa: ANN401
        patch = {"Content-Type": "application/merge-patch+json"} if method == "PATCH" else {}
        return await self.client.request(method, path, headers=ADA | patch | request.pop("headers", {}), **request)

    async def admin(self, method: str, path: str, **request: Any) -> httpx2.Response:  # noqa: ANN401
        answer = await self.client.request(method, path, headers=bearing("admin"), **request)
        assert answer.is_success, answer.text
        return answer

    async def ask(self, query: str, scope: str | None = None, **variables: object) -> dict[str, Any]:
        headers = ADA if scope is None else bearing(scope)
        body = {"query": query, "variables": variables}
        return (await self.client.post("/graphql", json=body, headers=headers)).json()


@pytest.fixture
async def service(client: httpx2.AsyncClient) -> Service:
    service = Service(client)
    content = {
        ORDER: ("orders", {"of": "Ada"}),
        CUSTOMER: ("customers", {"name": "Ada"}),
        SECRET: ("secrets", {"text": f"plans {MARK}"}),
        GONE: ("secrets", MARK),
    }
    for record_id, (collection, payload) in content.items():
        await service.admin("PUT", f"/records/{record_id}", json={"collection": collection, "payload": payload})
    await service.admin("DELETE", f"/records/{GONE}")
    links = [(ORDER, "of", CUSTOMER), (ORDER, "of", SECRET), (SECRET, "about", ORDER), (SECRET, "about", CUSTOMER)]
    for source, relation, target in links:
        await service.admin("PUT", f"/records/{source}/links/{relation}/{target}")
    await service.admin("PUT", "/webhooks/hook", json={"url": "https://localhost/", "enabled": False})
    await service.admin("PUT", "/consumers/one", json={})
    return service


READS: Final = {
    "/records": 200,
    "/records?include_deleted=true": 200,
    "/records?q=plans": 200,
    "/records?sort=-payload.text&fields=payload,collection": 200,
    "/records?filter[collection]=secrets": 200,
    "/records?collection=secrets": 403,
    f"/records/{SECRET}": 404,
    f"/records/{ORDER}?fields=payload": 200,
    f"/records/{ORDER}?fields=payload&version=1": 200,
    f"/records/{SECRET}?fields=payload": 404,
    f"/records/{SECRET}?fields=payload&version=1": 404,
    f"/records/{GONE}?fields=payload": 404,
    f"/records/{SECRET}?version=1": 404,
    f"/records/{SECRET}?version=9": 404,
    f"/records/{SECRET}?as_of={LATER}": 409,
    f"/records/{GONE}": 404,
    f"/records/{GONE}?version=1": 404,
    f"/records/{SECRET}/revisions": 404,
    f"/records/{GONE}/revisions": 404,
    f"/records/{SECRET}/links": 404,
    f"/records/{SECRET}/backlinks": 404,
    f"/records/{ORDER}/links": 200,
    f"/records/{ORDER}/backlinks": 200,
    f"/records/{CUSTOMER}/backlinks": 200,
    "/changes": 403,
    "/changes?snapshot=true": 403,
    "/changes?collection=secrets": 403,
    "/changes?collection=orders": 200,
    "/export": 403,
    "/export?collection=secrets": 403,
    "/export?collection=customers": 200,
    "/collections": 403,
    "/collections/secrets": 403,
    "/collections/missing": 403,
    "/collections/secrets/indexes": 403,
    "/webhooks": 403,
    "/webhooks/hook": 403,
    "/webhooks/hook/dead-letters": 403,
    "/consumers": 403,
    "/consumers/one": 403,
}


async def test_reads_nothing_of_other_collections_over_rest(service: Service) -> None:
    answers = {path: await service.ada("GET", path) for path in READS}

    assert {path: answer.status_code for path, answer in answers.items()} == READS
    assert [path for path, answer in answers.items() if MARK in answer.text or SECRET in _unasked(path, answer)] == []
    assert all(
        answer.headers["content-type"] == "application/problem+json"
        for answer in answers.values()
        if answer.status_code == 403
    )


def _unasked(path: str, answer: httpx2.Response) -> str:
    """Returns the body without the ids that the question itself named."""
    return "" if SECRET in path else answer.text


async def test_streams_are_of_collections_that_are_granted(guarded: FastAPI) -> None:
    async with opened(guarded, "/changes?collection=secrets", ADA) as refused:
        await refused.begun.wait()
    async with opened(guarded, "/changes?collection=orders", ADA) as stream:
        await stream.begun.wait()

    assert (refused.status, stream.status) == (403, 200)


async def test_many_are_read_as_far_as_they_are_granted(service: Service) -> None:
    found = await service.ada("POST", "/records/get", json={"ids": [SECRET, ORDER, GONE, CUSTOMER]})
    searched = await service.ada("POST", "/records/search", json={"filter": {"payload.text": {"exists": True}}})
    measures = {"records": {"function": "count"}, "last": {"function": "max", "field": "payload.text"}}
    added = await service.ada("POST", "/records/aggregate", json={"measures": measures})
    refused = await service.ada("POST", "/records/aggregate", json={"measures": measures, "collection": "secrets"})

    assert ORDER in found.text
    assert CUSTOMER in found.text
    assert not any(MARK in answer.text for answer in (found, searched, added, refused))
    assert added.json()["groups"][0]["measures"] == {"records": 2, "last": None}
    assert (searched.json()["items"], refused.status_code) == ([], 403)


LINKS: Final = "totalCount nodes { id payload } edges { node { id } }"
DOCUMENTS: Final = {
    "records": "{ records { totalCount nodes { id payload } } }",
    "deleted": "{ records(includeDeleted: true) { totalCount nodes { id payload } } }",
    "named": '{ records(collection: "secrets") { totalCount nodes { id payload } } }',
    "filtered": '{ records(filter: { collection: { eq: "secrets" } }) { totalCount nodes { id payload } } }',
    "searched": '{ records(search: "plans") { totalCount nodes { id payload } } }',
    "one": f'{{ record(id: "{SECRET}") {{ payload revisions {{ nodes {{ payload }} }} }} }}',
    "then": f'{{ record(id: "{SECRET}", version: 1) {{ payload }} }}',
    "gone": f'{{ record(id: "{GONE}", version: 1) {{ payload }} }}',
    "node": f'{{ node(id: "{SECRET}") {{ ... on Record {{ payload }} }} }}',
    "nodes": f'{{ nodes(ids: ["{SECRET}", "{ORDER}"]) {{ ... on Record {{ payload links {{ {LINKS} }} }} }} }}',
    "links": f'{{ record(id: "{ORDER}") {{ links {{ {LINKS} }} backlinks {{ {LINKS} }} }} }}',
    "walk": (
        f'{{ record(id: "{CUSTOMER}") {{ backlinks(first: 9) {{ nodes {{ id links(first: 9) {{ nodes {{ payload'
        " revisions(first: 9) { nodes { payload } } } } } } } }"
    ),
    "list of links": f"{{ records(first: 5) {{ nodes {{ links {{ {LINKS} }} revisions {{ nodes {{ at }} }} }} }} }}",
    "beside": f'{{ records(collection: "orders") {{ nodes {{ id }} }} record(id: "{SECRET}") {{ payload }} }}',
    "aggregate": (
        '{ recordsAggregate(measures: [{ name: "a", function: MAX, field: "payload.text" }])'
        " { groups { measures { value } } } }"
    ),
    "collection": '{ collection(name: "secrets") { name schema indexes { path } } }',
    "collections": "{ collections { nodes { name } } }",
    "webhook": '{ webhook(name: "hook") { url } }',
    "letters": '{ deadLetters(webhook: "hook") { error } }',
    "consumer": '{ consumer(name: "one") { name } }',
}


async def test_reads_nothing_of_other_collections_over_graphql(service: Service) -> None:
    answers = {name: await service.ask(document) for name, document in DOCUMENTS.items()}
    allowed = {name: await service.ask(document, "admin") for name, document in DOCUMENTS.items()}

    assert [name for name, answer in answers.items() if MARK in json.dumps(answer)] == []
    assert [name for name, answer in answers.items() if SECRET in json.dumps(answer.get("data"))] == []
    # Each document is one, and finds something.
    assert [answer for answer in allowed.values() if "errors" in answer] == []
    assert [name for name, answer in answers.items() if answer.get("data") == allowed[name]["data"]] == []


async def test_counts_nothing_of_other_collections(service: Service) -> None:
    answer = await service.ask(
        f"""{{
          records {{ totalCount }}
          record(id: "{ORDER}") {{ links {{ totalCount nodes {{ id }} }} backlinks {{ totalCount nodes {{ id }} }} }}
        }}"""
    )

    assert answer["data"] == {
        "records": {"totalCount": 2},
        "record": {
            "links": {"totalCount": 1, "nodes": [{"id": CUSTOMER}]},
            "backlinks": {"totalCount": 0, "nodes": []},
        },
    }


async def test_pages_of_lists_and_links_are_whole(service: Service) -> None:
    for number in range(3):
        await service.admin("PUT", f"/records/{SECRET[:-1]}{5 + number}", json={"collection": "secrets", "payload": 1})
    page = (await service.ada("GET", "/records?limit=1")).json()
    following = (await service.ada("GET", f"/records?limit=1&cursor={page['next_cursor']}")).json()
    links = (await service.ada("GET", f"/records/{ORDER}/links?limit=1")).json()

    assert [record["id"] for record in page["items"] + following["items"]] == [ORDER, CUSTOMER]
    assert (following["next_cursor"], links["next_cursor"]) == (None, None)


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
async def test_what_is_granted_is_compiled(service: Service, guarded: FastAPI) -> None:
    tally = guarded.state.graphql.executable.compiler.tally
    granted = await service.ask('{ records(collection: "orders") { totalCount nodes { id } } }')
    narrowed = await service.ask("{ records { totalCount nodes { id } } }")

    assert granted["data"]["records"]["totalCount"] == 1
    assert narrowed["data"]["records"]["totalCount"] == 2
    assert (tally.compiled, tally.interpreted) == (1, 1)


def created(identifier: str = "local", **members: object) -> dict[str, object]:
    return {"op": "create", "lid": identifier, "payload": 1, **members}


WRITES: Final[dict[str, tuple[str, str, object, int]]] = {
    "create": ("POST", "/records", {"collection": "customers", "payload": 1}, 403),
    "create in the default one": ("POST", "/records", {"payload": 1}, 403),
    "create in a new one": ("POST", "/records", {"collection": "new", "payload": 1}, 403),
    "put": ("PUT", f"/records/{SECRET}", {"payload": 1}, 404),
    "put elsewhere": ("PUT", f"/records/{SECRET}", {"payload": 1, "collection": "orders"}, 404),
    "put over a tombstone": ("PUT", f"/records/{GONE}", {"payload": 1, "collection": "orders"}, 404),
    "put what may be read": ("PUT", f"/records/{CUSTOMER}", {"payload": 1}, 403),
    "put anew": ("PUT", f"/records/{ORDER[:-1]}9", {"payload": 1}, 403),
    "patch": ("PATCH", f"/records/{SECRET}", {"payload": 1}, 404),
    "patch what may be read": ("PATCH", f"/records/{CUSTOMER}", {"payload": 1}, 403),
    "delete": ("DELETE", f"/records/{SECRET}", None, 404),
    "restore": ("POST", f"/records/{GONE}/restore", None, 404),
    "revert": ("POST", f"/records/{SECRET}/revert", {"version": 1}, 404),
    "link": ("PUT", f"/records/{ORDER}/links/of/{SECRET}", None, 404),
    "link from": ("PUT", f"/records/{SECRET}/links/of/{ORDER}", None, 404),
    "link to what may be read": ("PUT", f"/records/{ORDER}/links/new/{CUSTOMER}", None, 403),
    "unlink": ("DELETE", f"/records/{ORDER}/links/of/{SECRET}", None, 404),
    "unlink from": ("DELETE", f"/records/{SECRET}/links/about/{ORDER}", None, 404),
    "put a collection": ("PUT", "/collections/orders", {"schema": True}, 403),
    "delete a collection": ("DELETE", "/collections/secrets", None, 403),
    "revert a collection": ("POST", "/collections/secrets/revert", {"as_of": "2020-01-01T00:00:00Z"}, 403),
    "put an index": ("PUT", "/collections/orders/indexes/payload.a", None, 403),
    "drop an index": ("DELETE", "/collections/orders/indexes/payload.a", None, 403),
    "put a webhook": ("PUT", "/webhooks/mine", {"url": "https://localhost/"}, 403),
    "delete a webhook": ("DELETE", "/webhooks/hook", None, 403),
    "replay": ("POST", "/webhooks/hook/dead-letters/replay", {}, 403),
    "put a consumer": ("PUT", "/consumers/mine", {}, 403),
    "delete a consumer": ("DELETE", "/consumers/one", None, 403),
}
BATCHES: Final = {
    "create": ([created(collection="secrets")], 403),
    "create after one that is granted": ([created(collection="orders"), created("b", collection="secrets")], 403),
    "put": ([{"op": "replace", "id": SECRET, "payload": 1}], 404),
    "put what may be read": ([{"op": "replace", "id": CUSTOMER, "payload": 1}], 403),
    "patch": ([{"op": "patch", "id": SECRET, "patch": {"payload": 1}}], 404),
    "delete": ([{"op": "delete", "id": SECRET}], 404),
    "patch as if it was made here": (
        [created(id=SECRET, collection="orders"), {"op": "patch", "id": SECRET, "patch": {"payload": 1}}],
        404,
    ),
    "patch as if it was put here": (
        [
            {"op": "replace", "id": SECRET, "collection": "orders", "payload": 1},
            {"op": "patch", "id": SECRET, "patch": {"payload": 1}},
        ],
        404,
    ),
    "link": (
        [created(collection="orders"), {"op": "link", "source_lid": "local", "relation": "of", "target": SECRET}],
        404,
    ),
    "unlink": ([{"op": "unlink", "source": ORDER, "relation": "of", "target": SECRET}], 404),
}


async def state_of(service: Service) -> str:
    """Returns all that there is in collections that Ada may not write."""
    exports = [(await service.admin("GET", f"/export?collection={name}")).text for name in ("secrets", "customers")]
    others = ("/collections", "/webhooks", f"/records/{ORDER}/links", f"/records/{ORDER}/backlinks")
    everything = [(await service.admin("GET", path)).text for path in ("/records?include_deleted=true", *others)]
    consumers = (await service.admin("GET", "/consumers")).json()["items"]
    return "\n".join([*exports, *everything, *sorted(consumer["name"] for consumer in consumers)])


async def test_writes_nothing_in_other_collections_over_rest(service: Service) -> None:
    before = await state_of(service)

    answers = {name: await service.ada(method, path, json=body) for name, (method, path, body, _) in WRITES.items()}
    batches = {
        name: await service.ada("POST", "/batch", json={"operations": operations})
        for name, (operations, _) in BATCHES.items()
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {
        name: status for name, (*_, status) in WRITES.items()
    }
    assert {name: answer.status_code for name, answer in batches.items()} == {
        name: status for name, (_, status) in BATCHES.items()
    }
    assert not any(MARK in answer.text for answer in [*answers.values(), *batches.values()])
    assert await state_of(service) == before


MUTATIONS: Final = {
    "create": 'createRecord(input: { collection: "secrets", payload: 1 }) { record { id }',
    "replace": f'replaceRecord(input: {{ id: "{SECRET}", payload: 1 }}) {{ record {{ payload }}',
    "patch": f'patchRecord(input: {{ id: "{SECRET}", patch: {{ tags: ["a"] }} }}) {{ record {{ payload }}',
    "delete": f'deleteRecord(input: {{ id: "{SECRET}" }}) {{',
    "restore": f'restoreRecord(input: {{ id: "{GONE}" }}) {{ record {{ payload }}',
    "revert": f'revertRecord(input: {{ id: "{SECRET}", version: 1 }}) {{ record {{ payload }}',
    "link": f'linkRecords(input: {{ source: "{ORDER}", relation: "a", target: "{SECRET}" }}) {{',
    "unlink": f'unlinkRecords(input: {{ source: "{ORDER}", relation: "of", target: "{SECRET}" }}) {{',
    "batch": f'applyBatch(input: {{ operations: [{{ delete: {{ id: "{SECRET}" }} }}] }}) {{',
    "collection": 'putCollection(input: { name: "secrets", schema: true }) {',
    "webhook": 'putWebhook(input: { name: "mine", url: "https://localhost/" }) {',
}


async def test_writes_nothing_in_other_collections_over_graphql(service: Service) -> None:
    before = await state_of(service)

    answers = [await service.ask(f"mutation {{ {each} userErrors {{ code }} }} }}") for each in MUTATIONS.values()]

    refusals = [payload["userErrors"] for answer in answers for payload in answer["data"].values()]
    assert [len(errors) for errors in refusals] == [1] * len(MUTATIONS)
    assert {errors[0]["code"] for errors in refusals} == {"forbidden", "record_not_found"}
    assert MARK not in json.dumps(answers)
    assert await state_of(service) == before


async def test_writes_what_is_granted(service: Service) -> None:
    made = await service.ada("POST", "/records", json={"collection": "orders", "payload": {"of": "Grace"}})
    path = made.headers["location"]
    put = await service.ada("PUT", path, json={"payload": 2})
    linked = await service.ada("PUT", f"{path}/links/after/{ORDER}")
    answers = [
        await service.ada("PATCH", path, json={"payload": 3}),
        await service.ada("DELETE", f"{path}/links/after/{ORDER}"),
        await service.ada("DELETE", path),
        await service.ada("POST", f"{path}/restore"),
        await service.ada("POST", f"{path}/revert", json={"version": 1}),
        await service.ada("GET", f"{path}/revisions"),
    ]

    assert (made.status_code, put.status_code, linked.status_code) == (201, 200, 201)
    assert all(answer.is_success for answer in answers)


async def test_a_batch_uses_what_it_makes(service: Service) -> None:
    new = f"{ORDER[:-1]}9"
    operations = [
        created(collection="orders"),
        {"op": "patch", "lid": "local", "patch": {"payload": 2}},
        created("other", collection="orders", id=new),
        {"op": "replace", "id": new, "payload": 3},
        {"op": "link", "source_lid": "local", "relation": "after", "target": new},
        {"op": "delete", "id": ORDER},
    ]
    await service.admin("DELETE", f"/records/{ORDER}/links/of/{CUSTOMER}")
    await service.admin("DELETE", f"/records/{ORDER}/links/of/{SECRET}")
    await service.admin("DELETE", f"/records/{SECRET}/links/about/{ORDER}")

    answer = await service.ada("POST", "/batch", json={"operations": operations})

    assert answer.status_code == 200, answer.text


async def test_an_import_rejects_lines_that_go_elsewhere(service: Service) -> None:
    before = await state_of(service)
    lines = [
        {"collection": "orders", "payload": 1},
        {"collection": "secrets", "payload": 1},
        {"payload": 1},
        {"collection": "orders", "id": SECRET, "payload": 1},
        {"collection": "secrets", "id": SECRET, "payload": 1},
    ]
    content = "\n".join(json.dumps(line) for line in lines)

    answer = await service.ada(
        "POST", "/import?on_conflict=replace", content=content, headers={"Content-Type": "application/x-ndjson"}
    )

    report = answer.json()
    assert (report["created"], report["rejected"]) == (1, 4)
    after = await state_of(service)
    assert len(after) > len(before)
    assert after.splitlines()[:3] == before.splitlines()[:3]


async def test_an_import_is_gone_on_with_only_by_who_has_begun_it(service: Service) -> None:
    async def imported(subject: str) -> httpx2.Response:
        headers = bearing("write:orders", subject) | {"Content-Type": "application/x-ndjson"}
        content = json.dumps({"collection": "orders", "payload": 1})
        return await service.client.post("/import?name=nightly", content=content, headers=headers)

    statuses = [(await imported(subject)).status_code for subject in ("eve", "ada")]

    assert statuses == [200, 409]


async def test_an_answer_that_is_kept_is_for_its_actor(service: Service) -> None:
    key = {"Idempotency-Key": "one"}
    body = {"collection": "orders", "payload": 1}
    first = await service.ada("POST", "/records", json=body, headers=key)
    again = await service.ada("POST", "/records", json=body, headers=key)
    other = await service.client.post("/records", json=body, headers=key | bearing("write:orders", "eve"))
    less = await service.client.post("/records", json=body, headers=key | bearing("read:orders"))

    assert first.json() == again.json()
    assert other.json()["id"] != first.json()["id"]
    assert less.status_code == 403


async def test_stars_are_all_collections(service: Service) -> None:
    reader, writer = bearing("read:*"), bearing("write:*")
    body = {"collection": "new", "payload": 1}
    statuses = [
        (await service.client.get(f"/records/{SECRET}", headers=reader)).status_code,
        (await service.client.get("/export", headers=reader)).status_code,
        (await service.client.get("/collections", headers=reader)).status_code,
        (await service.client.get("/webhooks", headers=reader)).status_code,
        (await service.client.post("/records", json=body, headers=reader)).status_code,
        (await service.client.post("/records", json=body, headers=writer)).status_code,
        (await service.client.put(f"/records/{SECRET}", json={"payload": 1}, headers=writer)).status_code,
        (await service.client.delete("/webhooks/hook", headers=writer)).status_code,
    ]

    assert statuses == [200, 200, 200, 403, 403, 201, 200, 403]


FOLLOW: Final = 'subscription { changes(collection: "%s") { payload } }'
TOO_LATE: Final = timedelta(seconds=3610)
"""After that a token is not good any more, and what was opened with it ends."""


def introduction(scope: str) -> dict[str, object]:
    return {"type": "connection_init", "payload": bearing(scope)}


async def heard_to_the_end(socket: Socket, name: str) -> list[Any]:
    """Returns what comes of an operation."""
    heard = [await socket.hear()]
    while heard[-1].get("type") not in {"complete", "error"}:
        heard.append(await socket.hear())
    assert {message["id"] for message in heard} == {name}
    return heard


async def test_subscriptions_follow_what_is_granted(guarded: FastAPI) -> None:
    async with connected(guarded) as socket:
        await socket.say(introduction("read:orders"))
        opening = [await socket.hear(), await socket.hear()]
        await socket.subscribe("secrets", FOLLOW % "secrets")
        named = await heard_to_the_end(socket, "secrets")
        await socket.subscribe("all", "subscription { changes { payload } }")
        everything = await heard_to_the_end(socket, "all")
        await socket.subscribe("write", "mutation { createRecord(input: { payload: 1 }) { userErrors { code } } }")
        written = await heard_to_the_end(socket, "write")

    assert opening == ["websocket.accept", {"type": "connection_ack"}]
    assert all("forbidden" in json.dumps(heard) for heard in (named, everything, written))


async def test_who_has_no_token_does_not_get_through_a_socket(guarded: FastAPI) -> None:
    async with connected(guarded) as socket:
        await socket.say({"type": "connection_init", "payload": {"Authorization": "Bearer none"}})

        assert await socket.hear() == "websocket.accept"
        assert await socket.hear() == 4403


async def test_a_socket_grants_nothing_any_more_when_its_token_has_expired(
    guarded: FastAPI, clock: StoppableClock
) -> None:
    async with connected(guarded) as socket:
        await socket.say(introduction("admin"))
        await socket.hear()
        await socket.hear()
        clock.stopped_at = datetime.now(UTC) + TOO_LATE
        await socket.subscribe("late", "{ records { totalCount } }")
        late = await heard_to_the_end(socket, "late")

    assert late[0]["payload"]["errors"][0]["message"] == "The token has expired."


def stop_near_the_end(clock: StoppableClock) -> None:
    """Stops the clock where a token that is made now is good for half a second."""
    clock.stopped_at = datetime.now(UTC).replace(microsecond=0) + TOO_LATE - timedelta(seconds=0.5)


async def test_what_is_followed_ends_with_the_token(guarded: FastAPI, clock: StoppableClock) -> None:
    stop_near_the_end(clock)
    async with connected(guarded) as socket:
        await socket.say(introduction("read:orders"))
        await socket.hear()
        await socket.hear()
        await socket.subscribe("follow", FOLLOW % "orders")
        heard = await heard_to_the_end(socket, "follow")
    stop_near_the_end(clock)
    async with opened(guarded, "/changes?collection=orders", bearing("read:orders")) as stream:
        end = await stream.event()
        await stream.end()

    assert heard == [{"id": "follow", "type": "complete"}]
    assert (end["event"], end["data"]) == ("end", '{"reason":"The right to follow has ended."}')
