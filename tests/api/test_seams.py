"""What a team plugs in: who makes a request, who may do what, and who hears of changes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import httpx2
import pytest
from fastapi import FastAPI, Request

from datastore_service.api.http.authentication import Unauthenticated
from datastore_service.application.behaviours.authorize_sends import AuthorizeSends
from datastore_service.application.behaviours.observe import ObserveSends
from datastore_service.application.behaviours.placement import Placed
from datastore_service.application.errors import Forbidden
from datastore_service.application.mediator import Behaviour, Step
from datastore_service.application.messages import Message
from datastore_service.application.ports.authorization import Authorization
from datastore_service.application.read.queries.follow_links import FollowLinks
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.read.queries.list_records_as_json import ListRecordsAsJson
from datastore_service.application.read.queries.list_revisions import ListRevisions
from datastore_service.application.request_context import ANONYMOUS, Actor, judged_once
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.link_records import LinkRecords
from datastore_service.application.write.ports.events import EventPublisher
from datastore_service.config.settings import Settings
from datastore_service.domain.errors import DomainError
from datastore_service.domain.records.events import RecordChanged
from tests.apps import create_app
from tests.fakes.application import in_memory_mediator

TOKENS = {"Bearer of-ada": Actor(id="ada", claims={"admin": True}), "Bearer of-bob": Actor(id="bob")}


async def by_token(request: Request, /) -> Actor:
    token = request.headers.get("authorization")
    if token is None:
        return ANONYMOUS
    if token not in TOKENS:
        raise Unauthenticated("The token is not known.")
    return TOKENS[token]


class OnlyAdminsDelete:
    async def authorize(self, message: Message[Any], actor: Actor, /) -> Message[Any]:
        if isinstance(message, DeleteRecord) and not actor.claims.get("admin"):
            raise Forbidden(f"{actor.id} may not delete.")
        return message


@dataclass(slots=True)
class Notebook:
    """A publisher that writes down what it hears."""

    events: list[RecordChanged] = field(default_factory=list[RecordChanged])

    async def publish(self, events: Sequence[RecordChanged], /) -> None:
        self.events += events


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def app(settings: Settings, notebook: Notebook) -> FastAPI:
    app = create_app(settings, authenticate=by_token)
    app.state.mediator = in_memory_mediator({Authorization: OnlyAdminsDelete, EventPublisher: notebook})
    return app


@pytest.fixture
async def address(client: httpx2.AsyncClient) -> str:
    created = await client.post("/records", json={"payload": 1})
    return created.headers["location"]


async def test_a_request_that_lies_about_its_maker_is_401(client: httpx2.AsyncClient, address: str) -> None:
    answer = await client.get(address, headers={"Authorization": "Bearer of-nobody"})

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_probe_needs_no_token(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/health/ready", headers={"Authorization": "Bearer of-nobody"})

    assert answer.status_code == 200


async def test_the_openapi_document_names_the_schemes_where_a_request_has_to_prove_something(
    settings: Settings,
) -> None:
    async def by_nothing(_request: Request, /) -> Actor:
        raise Unauthenticated("No request proves anything.")

    schemes = {"bearer": {"type": "http", "scheme": "bearer"}, "key": {"type": "apiKey", "in": "header", "name": "K"}}
    app = create_app(settings, authenticate=by_nothing, security_schemes=schemes)
    app.state.mediator = in_memory_mediator()
    document = app.openapi()

    asked: set[str] = set()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080") as client:
        for path, operations in document["paths"].items():
            address = re.sub(r"\{\w+\}", "01890a5d-ac96-774b-bcce-b302099a8057", path)
            for method, operation in operations.items():
                kinds = operation.get("requestBody", {}).get("content", ())
                headers = {"Content-Type": next(iter(kinds))} if kinds else {}
                answer = await client.request(method, address, headers=headers, content=b"{}" if kinds else None)
                if answer.status_code == 401:
                    asked.add(operation["operationId"])

    assert document["components"]["securitySchemes"] == schemes
    assert document["security"] == [{"bearer": []}, {"key": []}]
    every = [operation for operations in document["paths"].values() for operation in operations.values()]
    assert {each["operationId"] for each in every if each.get("security") != []} == asked
    assert {each["operationId"] for each in every} - asked == {"live", "ready", "getProblemType"}


def test_a_service_without_schemes_says_that_it_asks_for_nothing(settings: Settings) -> None:
    document = create_app(settings).openapi()

    assert document["security"] == []
    assert "securitySchemes" not in document["components"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 403), ({"Authorization": "Bearer of-bob"}, 403), ({"Authorization": "Bearer of-ada"}, 204)],
)
async def test_the_authorization_sees_message_and_actor(
    client: httpx2.AsyncClient, address: str, headers: dict[str, str], status: int
) -> None:
    answer = await client.delete(address, headers=headers)

    assert answer.status_code == status


async def test_it_rules_over_graphql_too(client: httpx2.AsyncClient, address: str) -> None:
    record_id = address.rpartition("/")[2]
    query = f'mutation {{ deleteRecord(input: {{ id: "{record_id}" }}) {{ userErrors {{ code message }} }} }}'

    answer = await client.post("/graphql", json={"query": query}, headers={"Authorization": "Bearer of-bob"})

    assert "bob may not delete." in answer.text
    assert "forbidden" in answer.text.lower()
    assert (await client.get(address)).status_code == 200


async def test_the_publisher_hears_of_each_change_and_of_no_other(
    client: httpx2.AsyncClient, address: str, notebook: Notebook
) -> None:
    await client.put(address, json={"payload": 2, "tags": ["t"]})
    await client.put(address, json={"payload": 3}, headers={"If-Match": '"1"'})
    await client.delete(address, headers={"Authorization": "Bearer of-ada"})

    heard = [(event.operation, event.version, event.payload, event.tags) for event in notebook.events]
    assert heard == [("create", 1, 1, ()), ("replace", 2, 2, ("t",)), ("delete", 3, 2, ("t",))]


class TooMany(DomainError):
    code = "rate_limited"
    retry_after = 6.5


class NotOnSundays(Forbidden):
    code = "not_on_sundays"


class Odd(DomainError):
    code = "odd"


@dataclass(slots=True)
class Refuses:
    """An authorization that refuses what reads records, and counts what it is asked."""

    refusal: DomainError
    asked: list[str] = field(default_factory=list[str])

    async def authorize(self, message: Message[Any], _: Actor, /) -> Message[Any]:
        self.asked.append(type(message).__name__)
        if isinstance(message, ListRecords | ListRecordsAsJson | CreateRecord):
            raise self.refusal
        return message


@pytest.mark.parametrize(
    ("refusal", "status", "title", "retry_after"),
    [
        (TooMany("Later."), 429, "Too many requests", "7"),
        (NotOnSundays("Not on Sundays."), 403, "The actor may not do this", None),
        (Odd("That is odd."), 400, "The request is refused", None),
    ],
    ids=lambda given: getattr(given, "code", None),
)
async def test_a_refusal_of_ones_own_has_its_code_through_each_facade(
    settings: Settings, refusal: DomainError, status: int, title: str, retry_after: str | None
) -> None:
    app = create_app(settings, refusals={"rate_limited": (429, "Too many requests")})
    app.state.mediator = in_memory_mediator({Authorization: Refuses(refusal)})
    create = "mutation { createRecord(input: {payload: 1}) { userErrors { code } } }"
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app, raise_app_exceptions=False), base_url="http://localhost:8080"
    ) as client:
        over_rest = [await client.get("/records"), await client.post("/records", json={"payload": 1})]
        over_graphql = [
            (await client.post("/graphql", json={"query": query})).json()
            for query in ("{ records { nodes { id } } }", create)
        ]
        batch = await client.post("/batch", json={"operations": [{"op": "create", "payload": 1}]})
        meaning = await client.get("/problems/rate_limited")

    for answer in over_rest:
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["title"]) == (status, refusal.code, title)
        assert (problem["detail"], answer.headers.get("retry-after")) == (refusal.detail, retry_after)
    said = {"code": refusal.code} if retry_after is None else {"code": refusal.code, "retryAfter": int(retry_after)}
    assert [answer["errors"][0]["extensions"] for answer in over_graphql] == [said] * 2
    assert batch.status_code == 200
    assert meaning.json() == {
        "type": "/problems/rate_limited",
        "code": "rate_limited",
        "status": 429,
        "title": "Too many requests",
    }


@dataclass(slots=True)
class Limiter:
    """A behaviour that lets some messages through, and refuses what comes after."""

    allowed: int
    judged: list[str] = field(default_factory=list[str])

    async def __call__(self, following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        return await following(await judged_once(self.judge, message))

    async def judge(self, message: Message[Any], _: Actor, /) -> Message[Any]:
        self.judged.append(type(message).__name__)
        if len(self.judged) > self.allowed:
            raise TooMany("Later.")
        return message


@pytest.mark.parametrize("place", [{"after": ObserveSends}, {"before": AuthorizeSends}, {"before": ObserveSends}])
async def test_a_behaviour_of_ones_own_surrounds_each_message(
    settings: Settings, place: dict[str, type[Behaviour]]
) -> None:
    limiter = Limiter(2)
    placed = [Placed(behaviour=limiter, **place)]
    app = create_app(settings, refusals={"rate_limited": (429, "Too many requests")}, behaviours=placed)
    app.state.mediator = in_memory_mediator(behaviours=placed)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080") as client:
        created = await client.post("/records", json={"payload": 1})
        listed = (await client.post("/graphql", json={"query": "{ records { nodes { id } } }"})).json()
        limited = await client.get(created.headers["location"])
        refused = (await client.post("/graphql", json={"query": "{ records { nodes { id } } }"})).json()

    assert [created.status_code, listed["data"]["records"]["nodes"][0]["id"]] == [201, created.json()["id"]]
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
    assert refused["errors"][0]["extensions"] == {"code": "rate_limited", "retryAfter": 7}
    assert limiter.judged == ["CreateRecord", "ListRecords", "GetRecord", "ListRecords"]


def test_a_behaviour_next_to_none_is_refused(settings: Settings) -> None:
    with pytest.raises(
        ValueError, match="Limiter: there is no behaviour Limiter; there are ObserveSends, AuthorizeSends"
    ):
        create_app(settings, behaviours=[Placed(behaviour=Limiter(1), after=Limiter)])


@pytest.mark.parametrize(("code", "status"), [("not_found", 429), ("slow", 500), ("slow", 200)])
def test_a_code_has_one_meaning_and_a_status_of_a_refusal(settings: Settings, code: str, status: int) -> None:
    with pytest.raises(ValueError, match=code):
        create_app(settings, refusals={code: (status, "Another")})


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("{ records { totalCount nodes { id payload } } }", ["ListRecords"]),
        ('{ collection(name: "a") { id } records { edges { node { tags } } } }', ["GetCollection", "ListRecords"]),
    ],
)
async def test_a_message_of_a_refused_query_is_judged_once(settings: Settings, query: str, asked: list[str]) -> None:
    refuses = Refuses(Forbidden("No."))
    app = create_app(settings)
    app.state.mediator = in_memory_mediator({Authorization: refuses})
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080") as client:
        answer = (await client.post("/graphql", json={"query": query})).json()

    assert answer["errors"][0]["extensions"]["code"] == "forbidden"
    assert refuses.asked == asked


@dataclass(slots=True)
class JudgesLinks:
    """An authorization that refuses, narrows or lets pass what follows links and lists revisions."""

    how: Literal["refuse", "narrow", "pass"]
    asked: list[str] = field(default_factory=list[str])

    async def authorize(self, message: Message[Any], _: Actor, /) -> Message[Any]:
        self.asked.append(type(message).__name__)
        if not isinstance(message, FollowLinks | ListRevisions) or self.how == "pass":
            return message
        if self.how == "refuse":
            raise Forbidden("No.")
        if isinstance(message, ListRevisions):
            return replace(message, within=frozenset({"elsewhere"}))
        return replace(message, criteria=replace(message.criteria, within=frozenset({"elsewhere"})))


@pytest.mark.parametrize("how", ["refuse", "narrow", "pass"])
@pytest.mark.parametrize(
    ("nested", "asked"),
    [("links { nodes { id } }", "FollowLinks"), ("revisions { nodes { version } }", "ListRevisions")],
)
async def test_a_nested_field_is_judged_once(
    settings: Settings, how: Literal["refuse", "narrow", "pass"], nested: str, asked: str
) -> None:
    judges = JudgesLinks(how)
    app = create_app(settings)
    app.state.mediator = mediator = in_memory_mediator({Authorization: judges})
    source, target = [await mediator.send(CreateRecord(payload=number)) for number in range(2)]
    await mediator.send(LinkRecords(source=source.id, relation="to", target=target.id))
    judges.asked.clear()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080") as client:
        query = f'{{ record(id: "{source.id}") {{ {nested} }} }}'
        answer = (await client.post("/graphql", json={"query": query})).json()

    assert sorted(judges.asked) == sorted(["GetRecord", asked])
    if how == "refuse":
        assert answer["errors"][0]["extensions"]["code"] == "forbidden"
    else:
        found = next(iter(answer["data"]["record"].values()))
        assert bool(found and found["nodes"]) == (how == "pass")
