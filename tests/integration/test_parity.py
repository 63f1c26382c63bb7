"""However a record is read, each of its members has the same value."""

import csv
import io
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, Final, cast

import httpx2
import pytest
from pydantic.alias_generators import to_camel

from datastore_service.api.routes.bodies.schemas import RecordBody
from datastore_service.application.limits import Limits
from datastore_service.bootstrap import build_application
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine.pools import Engines
from tests.both_ways import BothWays, both_ways

ID: Final = "01900000-0000-7000-8000-0000000000a1"
OTHER: Final = "01900000-0000-7000-8000-0000000000a2"
GONE: Final = "01900000-0000-7000-8000-0000000000a3"
PAYLOAD: Final = (
    '{"exact":12345678901234567890123.4567890123456789,"large":123456789012345678901234567890,"far":-2.5e120,'
    '"fraction":0.10,"null":null,"at":"0001-01-01T00:00:00Z","é\\u2028":["\\u0001\'\\"\\\\","😀",[],{},""]}'
)
MEMBERS: Final = tuple(RecordBody.model_fields)
"""A member that is new has to come by every door, too, or be named in OMITTED."""
FIELDS: Final = ",".join(MEMBERS)

type Answer = dict[str, Any]
type Door = Callable[[BothWays, Answer], Awaitable[object]]
"""Reads the record in one way; it is given what `GET /records/{id}` answers, or for a tombstone the list of all."""


def read(text: str | bytes) -> Any:  # noqa: ANN401 - JSON
    """Reads JSON with all digits of its numbers."""
    return json.loads(text, parse_float=str)


async def got(client: httpx2.AsyncClient, url: str, body: object = None, **more: Any) -> Any:  # noqa: ANN401 - JSON
    answer = await (client.get(url, **more) if body is None else client.post(url, json=body, **more))
    assert answer.is_success, answer.text
    return read(answer.content)


def rest(url: str, *path: str | int, body: dict[str, Any] | None = None) -> Door:
    """Follows the path into an answer of REST; a text with braces is filled in from the record."""

    async def door(service: BothWays, record: Answer) -> object:
        given = body and {
            name: value.format(**record) if isinstance(value, str) else value for name, value in body.items()
        }
        found = await got(service.compiling, url.format(**record), given)
        return only(found, path, record["id"])

    return door


def only(found: Any, path: tuple[str | int, ...], record_id: str) -> object:  # noqa: ANN401 - JSON
    for step in path:
        found = found[step]
    if isinstance(found, list):
        items = cast("list[Answer]", found)
        (found,) = [item for item in items if record_id in {item.get("id"), item.get("record_id")}]
    return found


ALL: Final = " ".join(to_camel(name) for name in MEMBERS)
REVISION: Final = "recordId collection version payload tags at operation"


def graphql(selection: str, *path: str | int) -> Door:
    """Asks both the compiler and the resolvers, which answer the same."""

    async def door(service: BothWays, record: Answer) -> object:
        query = selection
        for name, value in (("$ID", record["id"]), ("$AT", record["updated_at"]), ("$VERSION", str(record["version"]))):
            query = query.replace(name, value)
        answer = await service.answer(f"{{ {query} }}")
        assert "errors" not in answer.json(), answer.text
        return only(read(answer.content)["data"], path, record["id"])

    return door


async def exported(service: BothWays, record: Answer) -> object:
    answer = await service.compiling.get("/export", headers={"Accept": "application/x-ndjson"})
    return only([read(line) for line in answer.text.split("\n") if line], (), record["id"])


async def exported_as_csv(service: BothWays, record: Answer) -> object:
    answer = await service.compiling.get("/export", headers={"Accept": "text/csv"})
    (row,) = [row for row in csv.DictReader(io.StringIO(answer.text)) if row["id"] == record["id"]]
    return row | {"version": int(row["version"]), "payload": read(row["payload"]), "tags": read(row["tags"])}


async def followed(service: BothWays, record: Answer) -> object:
    """Returns the newest change of the record in the log."""
    items = (await got(service.compiling, "/changes?since=beginning&limit=1000"))["items"]
    return [item for item in items if item["record_id"] == record["id"]][-1]


REST_DOORS: Final[dict[str, Door]] = {
    "get": rest("/records/{id}"),
    "get, version": rest("/records/{id}?version={version}"),
    "get, as_of": rest("/records/{id}?as_of={updated_at}"),
    "get, fields": rest(f"/records/{{id}}?fields={FIELDS}"),
    "get, fields and version": rest(f"/records/{{id}}?version={{version}}&fields={FIELDS}"),
    "list": rest("/records", "items"),
    "list, fields": rest(f"/records?fields={FIELDS}", "items"),
    "list, many fields": rest(f"/records?fields={FIELDS},payload.a,payload.b,payload.c,payload.d,payload.e", "items"),
    "list, as_of": rest("/records?as_of={updated_at}", "items"),
    "list, as_of and fields": rest(f"/records?as_of={{updated_at}}&fields={FIELDS}", "items"),
    "search": rest("/records/search", "items", body={"filter": {"payload.fraction": {"exists": True}}}),
    "search, fields": rest("/records/search", "items", body={"fields": list(MEMBERS)}),
    "search, as_of": rest("/records/search", "items", body={"as_of": "{updated_at}"}),
    "many": rest("/records/get", "items", body={"ids": [ID, OTHER]}),
    "links": rest(f"/records/{OTHER}/links", "items", 0, "record"),
    "backlinks": rest(f"/records/{OTHER}/backlinks", "items", 0, "record"),
    "export": exported,
    "export as CSV": exported_as_csv,
    "revisions": rest("/records/{id}/revisions", "items", 0),
    "changes": followed,
    "changes, snapshot": rest("/changes?snapshot=true&limit=1000", "items"),
}
GRAPHQL_DOORS: Final[dict[str, Door]] = {
    "record": graphql(f'record(id: "$ID") {{ {ALL} }}', "record"),
    "record, version": graphql(f'record(id: "$ID", version: $VERSION) {{ {ALL} }}', "record"),
    "record, asOf": graphql(f'record(id: "$ID", asOf: "$AT") {{ {ALL} }}', "record"),
    "node": graphql(f'node(id: "$ID") {{ ... on Record {{ {ALL} }} }}', "node"),
    "nodes": graphql(f'nodes(ids: ["$ID"]) {{ ... on Record {{ {ALL} }} }}', "nodes"),
    "records": graphql(f"records {{ nodes {{ {ALL} }} }}", "records", "nodes"),
    "records, edges": graphql(
        f'records(filter: {{id: {{eq: "$ID"}}}}) {{ edges {{ node {{ {ALL} }} }} }}', "records", "edges", 0, "node"
    ),
    "records, asOf": graphql(f'records(asOf: "$AT") {{ nodes {{ {ALL} }} }}', "records", "nodes"),
    "links of a record": graphql(
        f'record(id: "{OTHER}") {{ links {{ nodes {{ {ALL} }} }} }}', "record", "links", "nodes"
    ),
    "backlinks of a record": graphql(
        f'record(id: "{OTHER}") {{ backlinks {{ edges {{ node {{ {ALL} }} }} }} }}',
        *("record", "backlinks", "edges", 0, "node"),
    ),
    "links in a list": graphql(
        f'records(filter: {{id: {{eq: "{OTHER}"}}}}) {{ nodes {{ links {{ nodes {{ {ALL} }} }} }} }}',
        *("records", "nodes", 0, "links", "nodes"),
    ),
    "revisions": graphql(
        f'record(id: "$ID") {{ revisions(first: 1) {{ nodes {{ {REVISION} }} }} }}', "record", "revisions", "nodes", 0
    ),
}
DOORS: Final = {f"REST: {name}": door for name, door in REST_DOORS.items()} | {
    f"GraphQL: {name}": door for name, door in GRAPHQL_DOORS.items()
}
OF_CHANGES: Final = {
    "created_at": "a change tells when it was made; the first one is when the record was created",
    "deleted_at": "the operation tells it, and `at` is when",
}
OMITTED: Final[Mapping[str, Mapping[str, str]]] = {
    "REST: export as CSV": {"deleted_at": "an export has no tombstones"},
    "REST: revisions": OF_CHANGES,
    "REST: changes": OF_CHANGES,
    "REST: changes, snapshot": OF_CHANGES,
    "GraphQL: revisions": OF_CHANGES,
}
"""What a door leaves out on purpose, and why."""
RENAMED: Final = {to_camel(name): name for name in MEMBERS} | {"record_id": "id", "recordId": "id", "at": "updated_at"}


def members_of(found: object) -> Answer:
    """Returns the members under the names that REST has; a tombstone's time that is null or not there is the same."""
    assert isinstance(found, dict)
    named = {RENAMED.get(name, name): value for name, value in cast("Answer", found).items()}
    return {"deleted_at": None} | {name: value for name, value in named.items() if name in MEMBERS}


def check(door: str, found: object, expected: Answer) -> None:
    omitted = OMITTED.get(door, {})
    assert members_of(found) | dict.fromkeys(omitted) == expected | dict.fromkeys(omitted)


async def fill(client: httpx2.AsyncClient) -> None:
    await client.put(f"/records/{ID}", json={"collection": "people", "payload": 1, "tags": ["former"]})
    for record_id in (ID, GONE):
        body = f'{{"collection":"people","payload":{PAYLOAD},"tags":["z","a\\"","é"]}}'
        made = await client.put(
            f"/records/{record_id}", content=body.encode(), headers={"Content-Type": "application/json"}
        )
        assert made.is_success, made.text
    assert (await client.put(f"/records/{OTHER}", json={"payload": {}})).is_success
    for source, target in ((ID, OTHER), (OTHER, ID)):
        assert (await client.put(f"/records/{source}/links/knows/{target}")).is_success
    assert (await client.delete(f"/records/{GONE}")).is_success


@pytest.fixture(scope="module")
async def service(sql_settings: Settings, module_engines: Engines) -> AsyncGenerator[BothWays]:
    """The service on records that no test changes."""
    application = build_application(module_engines, Limits())
    async with both_ways(sql_settings, application.mediator) as service:
        await fill(service.compiling)
        yield service
    await application.changes.close()


async def record_of(service: BothWays, record_id: str = ID) -> Answer:
    return members_of(await got(service.compiling, f"/records/{record_id}"))


async def test_the_record_is_as_it_was_written(service: BothWays) -> None:
    record = await record_of(service)

    assert record["payload"] == read(PAYLOAD) | {"far": -25 * 10**119, "fraction": "0.1"}
    assert (record["version"], record["tags"], record["deleted_at"]) == (2, ['a"', "z", "é"], None)
    assert record["created_at"] < record["updated_at"]


@pytest.mark.parametrize("door", DOORS)
async def test_each_way_to_read_a_record_has_the_same_values(service: BothWays, door: str) -> None:
    expected = await record_of(service)

    check(door, await DOORS[door](service, expected), expected)


TOMBSTONES: Final[dict[str, Door]] = {
    "REST: list": rest("/records?include_deleted=true", "items"),
    "REST: list, fields": rest(f"/records?include_deleted=true&fields={FIELDS}", "items"),
    "REST: list, as_of": rest("/records?include_deleted=true&as_of={deleted_at}", "items"),
    "REST: list, as_of and fields": rest(
        f"/records?include_deleted=true&as_of={{deleted_at}}&fields={FIELDS}", "items"
    ),
    "REST: search": rest("/records/search", "items", body={"include_deleted": True}),
    "REST: search, fields": rest("/records/search", "items", body={"include_deleted": True, "fields": list(MEMBERS)}),
    "GraphQL: records": graphql(f"records(includeDeleted: true) {{ nodes {{ {ALL} }} }}", "records", "nodes"),
    "GraphQL: records, asOf": graphql(
        f'records(includeDeleted: true, asOf: "$AT") {{ nodes {{ {ALL} }} }}', "records", "nodes"
    ),
    "REST: revisions": rest("/records/{id}/revisions", "items", 0),
    "REST: changes": followed,
}


@pytest.mark.parametrize("door", TOMBSTONES)
async def test_each_way_to_read_a_tombstone_has_the_same_values(service: BothWays, door: str) -> None:
    """By its id it is not read: 410 in REST, null in GraphQL; no link and no export has it."""
    everything = (await got(service.compiling, "/records?include_deleted=true"))["items"]
    expected = members_of(only(everything, (), GONE))
    assert expected["deleted_at"] == expected["updated_at"] > expected["created_at"]
    assert expected["payload"]["fraction"] == "0.1"

    check(door, await TOMBSTONES[door](service, expected), expected)
