"""Answers tell which index a question lacks, to who prefers that."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx2
import pytest

from datastore_service.application.fields import PayloadPath
from datastore_service.application.limits import Limits
from datastore_service.config.settings import Settings
from tests.apps import shared_app
from tests.fakes.application import in_memory_mediator

EXPLAIN = {"Prefer": "explain"}
OLD = "/records?collection=people&filter[payload.age][gte]=65"
ADVICE = 'unindexed;path="payload.age";command="datastore index create people payload.age"'


@pytest.fixture
async def client(settings: Settings) -> AsyncGenerator[httpx2.AsyncClient]:
    """A service to which three records are many."""
    app = shared_app(settings, in_memory_mediator(limits=Limits(large_collection=2)))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080") as client:
        for collection in ("people", "people", "people", "cats"):
            await client.post("/records", json={"collection": collection, "payload": {"age": 70}})
        yield client


async def test_names_the_path_and_the_command_to_who_prefers_it(client: httpx2.AsyncClient) -> None:
    told = await client.get(OLD, headers=EXPLAIN)
    silent = await client.get(OLD)

    assert told.headers["Datastore-Advice"] == ADVICE
    assert told.headers["Preference-Applied"] == "explain"
    assert "Datastore-Advice" not in silent.headers
    assert told.json() == silent.json()


async def test_has_nothing_to_say_where_nothing_is_lacking(client: httpx2.AsyncClient) -> None:
    small = await client.get("/records?collection=cats&filter[payload.age][gte]=65", headers=EXPLAIN)
    plain = await client.get("/records?collection=people", headers=EXPLAIN)
    await client.put("/collections/people/indexes/payload.age")
    indexed = await client.get(OLD, headers=EXPLAIN)

    assert [answer.status_code for answer in (small, plain, indexed)] == [200, 200, 200]
    assert all("Datastore-Advice" not in answer.headers for answer in (small, plain, indexed))


async def test_what_is_not_ascii_is_percent_encoded(client: httpx2.AsyncClient) -> None:
    told = await client.get('/records?collection=people&filter[payload."é "]=1', headers=EXPLAIN)

    assert 'path="payload.\\"%C3%A9 \\""' in told.headers["Datastore-Advice"]


DATASTORE = """#!{python}
import asyncio, json, pathlib
from datastore_service.application.views import IndexView
from datastore_service.cli import indexes, main

class Store:
    async def send(self, message):
        pathlib.Path({shown!r}).write_text(json.dumps([message.collection, message.path]))
        return IndexView(collection=message.collection, path=message.path, state="ready")

indexes.on_the_store = lambda settings, run: asyncio.run(run(Store()))
main()
"""
"""A program that says which index the command would have made."""


@pytest.mark.parametrize(
    "key",
    ["é", "a b", "it's", 'say "x"', "back\\slash", "line\nbreak", "100%", "%C3%A9", "$HOME `id` $(id)", "a/b", "\x7f"],
)
async def test_the_command_makes_just_this_index_when_it_is_pasted_into_a_shell(
    client: httpx2.AsyncClient, key: str, tmp_path: Path
) -> None:
    path = str(PayloadPath((key,)))
    body = {"collection": "people", "filter": {path: 1}}
    told = await client.post("/records/search", json=body, headers=EXPLAIN)
    command = told.headers["Datastore-Advice"].partition(';command="')[2].removesuffix('"')
    program, shown = tmp_path / "datastore", tmp_path / "shown"
    program.write_text(DATASTORE.format(python=sys.executable, shown=str(shown)))
    program.chmod(0o755)

    pasted = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", command, env={"PATH": str(tmp_path), "LC_ALL": "C"}, stdout=asyncio.subprocess.DEVNULL
    )

    assert await pasted.wait() == 0
    assert json.loads(shown.read_text()) == ["people", path]


async def test_is_an_extension_in_graphql(client: httpx2.AsyncClient) -> None:
    old = '{ records(collection: "people", filter: FILTER) { nodes { id } } }'.replace(
        "FILTER", '{payload: {path: "age", eq: 70}}'
    )
    plain = '{ records(collection: "people") { nodes { id } } }'

    told = await client.post("/graphql", json={"query": old}, headers=EXPLAIN)
    silent = await client.post("/graphql", json={"query": plain}, headers=EXPLAIN)

    assert "errors" not in told.json(), told.text
    assert told.json()["extensions"] == {
        "advice": [
            {"collection": "people", "path": "payload.age", "command": "datastore index create people payload.age"}
        ]
    }
    assert "extensions" not in silent.json()


async def test_tells_everybody_where_a_setting_says_so(settings: Settings) -> None:
    always = settings.advice.model_copy(update={"always_advise": True})
    mediator = in_memory_mediator(limits=Limits(large_collection=0))
    app = shared_app(settings.model_copy(update={"advice": always}), mediator)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080") as client:
        await client.post("/records", json={"collection": "people", "payload": {"age": 70}})

        told = await client.get(OLD)

    assert told.headers["Datastore-Advice"] == ADVICE
    assert "Preference-Applied" not in told.headers
