"""Every door takes the same texts as times, and so does PostgreSQL in payloads."""

import json
import zoneinfo
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import pytest

from datastore_service.application.fields import PayloadPath, read_field
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.evaluation import MISSING, value_of
from datastore_service.application.times import parse_time
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.schema.indexes.building import maintain
from tests.both_ways import BothWays, both_ways
from tests.times import AFTER_ALL, NOT_TIMES, TIMES

type Door = Callable[[BothWays, str], Awaitable[tuple[int, str]]]
"""Gives a text as a time; returns the status of the answer, and of a refusal its text."""

AT: Final = PayloadPath(("at",), as_time=True)
ID: Final = "01900000-0000-7000-8000-000000000001"


@pytest.fixture
async def service(sql_settings: Settings, sql_mediator: Mediator) -> AsyncGenerator[BothWays]:
    async with both_ways(sql_settings, sql_mediator) as service:
        made = await service.compiling.put(f"/records/{ID}", json={"collection": "events", "payload": {"at": "x"}})
        assert made.status_code == 201
        yield service


def in_query(path: str, parameter: str) -> Door:
    async def give(service: BothWays, text: str) -> tuple[int, str]:
        answer = await service.compiling.get(path, params={parameter: text})
        return answer.status_code, answer.text

    return give


def in_body(path: str, body: Callable[[str], object]) -> Door:
    async def give(service: BothWays, text: str) -> tuple[int, str]:
        answer = await service.compiling.post(path, json=body(text))
        return answer.status_code, answer.text

    return give


def in_graphql(parameters: str, arguments: str, *, literal: bool = False) -> Door:
    async def give(service: BothWays, text: str) -> tuple[int, str]:
        if literal:
            query, variables = f"{{ {arguments.replace('$at', json.dumps(text))} }}", None
        else:
            query, variables = f"query ({parameters}) {{ {arguments} }}", {"at": text}
        answer = await service.answer(query, variables)
        refused = answer.json().get("errors", [{}])[0]
        code = refused.get("extensions", {}).get("code")
        # A record that was not there at that time is an error of the field.
        return 422 if refused and code not in {"record_not_found", "as_of_in_future"} else 200, answer.text

    return give


LIST = "records(filter: {{{}}}) {{ nodes {{ id }} }}".format
DOORS: Final[dict[str, Door]] = {
    "get as_of": in_query(f"/records/{ID}", "as_of"),
    "list as_of": in_query("/records", "as_of"),
    "list filter created_at": in_query("/records", "filter[created_at][gte]"),
    "list filter deleted_at": in_query("/records", "filter[deleted_at][lt]"),
    "list filter updated_at in": in_query("/records", "filter[updated_at][in]"),
    "list filter ::time": in_query("/records", "filter[payload.at::time][lte]"),
    "search as_of": in_body("/records/search", lambda text: {"as_of": text}),
    "search filter": in_body("/records/search", lambda text: {"filter": {"updated_at": {"in": [text]}}}),
    "search filter ::time": in_body("/records/search", lambda text: {"filter": {"payload.at::time": text}}),
    "aggregate as_of": in_body("/records/aggregate", lambda text: {"as_of": text}),
    "aggregate filter": in_body("/records/aggregate", lambda text: {"filter": {"created_at": {"gt": text}}}),
    "revert": in_body("/collections/events/revert", lambda text: {"as_of": text, "dry_run": True}),
    "record asOf": in_graphql("$at: DateTime", f'record(id: "{ID}", asOf: $at) {{ id }}'),
    "records asOf": in_graphql("$at: DateTime", "records(asOf: $at) { nodes { id } }"),
    "records asOf, literal": in_graphql("", "records(asOf: $at) { nodes { id } }", literal=True),
    "aggregate asOf": in_graphql("$at: DateTime", "recordsAggregate(asOf: $at) { groups { __typename } }"),
    "createdAt": in_graphql("$at: DateTime!", LIST("createdAt: {in: [$at]}")),
    "updatedAt, literal": in_graphql("", LIST("updatedAt: {gte: $at}"), literal=True),
    "deletedAt": in_graphql("$at: DateTime", LIST("deletedAt: {ne: $at}")),
    "time": in_graphql("$at: DateTime", LIST('payload: [{path: "at", time: {lt: $at}}]')),
    "time, literal": in_graphql("", LIST('payload: [{path: "at", time: {eq: $at}}]'), literal=True),
}
TAKEN: Final = {200, 404}
"""At most times the record was not there yet."""


@pytest.mark.parametrize("door", DOORS)
async def test_each_door_takes_the_same_texts(service: BothWays, door: str) -> None:
    give = DOORS[door]

    taken = {text: await give(service, text) for text in TIMES}
    refused = {text: await give(service, text) for text in NOT_TIMES}

    assert {text: answer for text, answer in taken.items() if answer[0] not in TAKEN} == {}
    assert {text: answer for text, answer in refused.items() if answer[0] not in {400, 422}} == {}
    assert all("RFC 3339" in answer or "%2B" in answer for _, answer in refused.values())
    assert "%2B" in refused["2026-01-31T12:30:15 01:00"][1]


async def test_a_time_in_a_payload_is_what_it_is_in_a_request(service: BothWays, engines: Engines) -> None:
    texts = [*TIMES, *AFTER_ALL, *NOT_TIMES]
    made = await service.compiling.post(
        "/batch", json={"operations": [{"op": "create", "collection": "times", "payload": {"at": at}} for at in texts]}
    )
    assert made.status_code == 200, made.text
    everything = {"collection": "times", "limit": 100}

    async def found(condition: object) -> list[str]:
        answer = await service.compiling.post("/records/search", json=everything | {"filter": condition})
        assert answer.status_code == 200, answer.text
        return [item["payload"]["at"] for item in answer.json()["items"]]

    async def check() -> None:
        times = TIMES | AFTER_ALL
        assert await found({"payload.at::time": {"exists": True}}) == list(times)
        assert await found({"payload.at::time": {"exists": False}}) == NOT_TIMES
        for expected in sorted(set(times.values())):
            same = [text for text in times if times[text] == expected]
            assert await found({"payload.at::time": expected}) == same
            for text in same:
                assert await found({"payload.at::time": {"in": [text]}}) == same
                assert await found({"payload.at::time": {"lt": text}}) == [
                    other for other in times if times[other] < expected
                ]

    async def sorted_by_time() -> list[str]:
        page, found = "/records?collection=times&limit=1&sort=payload.at::time", list[str]()
        cursor: str | None = ""
        while cursor is not None:
            answer = (await service.compiling.get(f"{page}&cursor={cursor}" if cursor else page)).json()
            found += [item["payload"]["at"] for item in answer["items"]]
            cursor = answer["next_cursor"]
        return found

    await check()
    times = TIMES | AFTER_ALL
    assert await sorted_by_time() == [*sorted(times, key=lambda text: times[text]), *NOT_TIMES]
    ends = await service.compiling.post(
        "/records/aggregate",
        json={
            "collection": "times",
            "group_by": ["payload.at::time"],
            "measures": {
                "first": {"function": "min", "field": "payload.at::time"},
                "last": {"function": "max", "field": "payload.at::time"},
            },
        },
    )
    assert ends.status_code == 200, ends.text
    assert {group["key"].get("payload.at::time"): group["measures"] for group in ends.json()["groups"]} == {
        None: {"first": None, "last": None},
        **{time: {"first": time, "last": time} for time in times.values()},
    }
    made = await service.compiling.put("/collections/times/indexes/payload.at::time")
    assert made.status_code in {200, 201, 202}, made.text
    try:
        await maintain(engines.write)
        await check()
    finally:
        await service.compiling.delete("/collections/times/indexes/payload.at::time")


def test_the_program_that_says_what_filters_mean_reads_times_so_too() -> None:
    assert read_field("payload.at::time", "") == AT
    for text in (*TIMES, *AFTER_ALL, *NOT_TIMES):
        subject: Any = type("Subject", (), {"payload": {"at": text}})
        assert value_of(AT, subject) == (parse_time(text) or MISSING)


@pytest.fixture
def moon(tmp_path: Path) -> Iterator[str]:
    """A time zone that Python knows, and the database does not."""
    name = "Moon/Base"
    (tmp_path / "Moon").mkdir()
    (tmp_path / name).write_bytes((files("tzdata") / "zoneinfo" / "UTC").read_bytes())
    zoneinfo.reset_tzpath([tmp_path])
    yield name
    zoneinfo.reset_tzpath()


async def test_refuses_a_time_zone_that_only_the_database_lacks(service: BothWays, moon: str) -> None:
    body = {"group_by": ["created_at::day"], "time_zone": moon}
    answer = await service.compiling.post("/records/aggregate", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/time_zone"
    assert "'Moon/Base' is not a time zone" in answer.text
