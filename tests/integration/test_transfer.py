"""Bulk on PostgreSQL: what COPY gives is what REST gives, and an export that nobody reads to its end leaves nothing."""

import asyncio
import json
from contextlib import AsyncExitStack, aclosing

import httpx2
import pytest
from sqlalchemy import select
from starlette.types import Message

from datastore_service.application.mediator import Mediator
from datastore_service.application.read.queries.export_records import ExportRecords
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.read.readers.pages import read_rows
from datastore_service.infrastructure.database.schema.views import revision_view
from tests.apps import shared_app

NDJSON = {"Content-Type": "application/x-ndjson"}
TEXTS: list[object] = ["", "\x01\x02", 'a "quoted"\n\\ttext', "\\.", "naïve ☃ 𝄞", "a,b", None, 1.5, 10**30, {"": [{}]}]


async def test_each_line_is_the_record_as_rest_gives_it(sql_client: httpx2.AsyncClient) -> None:
    body = b"".join(json.dumps({"payload": text, "tags": ["b", "a"]}).encode() + b"\n" for text in TEXTS)
    report = (await sql_client.post("/import", content=body, headers=NDJSON)).json()
    assert (report["created"], report["rejected"]) == (len(TEXTS), 0)

    lines = (await sql_client.get("/export")).content.splitlines()

    listed = (await sql_client.get("/records")).json()["items"]
    assert [json.loads(line) for line in lines] == listed
    assert [record["payload"] for record in listed] == TEXTS


async def test_csv_of_any_text_comes_back(sql_client: httpx2.AsyncClient) -> None:
    body = b"".join(json.dumps({"payload": text}).encode() + b"\n" for text in TEXTS)
    await sql_client.post("/import", content=body, headers=NDJSON)
    csv = (await sql_client.get("/export", headers={"Accept": "text/csv"})).content

    report = await sql_client.post(
        "/import", content=csv, headers={"Content-Type": "text/csv"}, params={"on_conflict": "replace"}
    )

    assert (report.json()["replaced"], report.json()["rejected"]) == (len(TEXTS), 0)
    assert [record["payload"] for record in (await sql_client.get("/records")).json()["items"]] == TEXTS


async def test_an_import_is_in_the_history(sql_client: httpx2.AsyncClient, engines: Engines) -> None:
    line = b'{"id": "01890a5d-ac96-774b-bcce-b302099a8057", "payload": 1}\n'
    await sql_client.post("/import", content=line, headers=NDJSON)
    await sql_client.post("/import", content=line, headers=NDJSON, params={"on_conflict": "replace"})

    revisions = await read_rows(engines.read, select(revision_view).order_by(revision_view.c.seq))
    assert [(row.version, row.operation, row.payload) for row in revisions] == [(1, "create", "1"), (2, "replace", "1")]


async def test_an_export_that_is_given_up_holds_no_connection(
    sql_client: httpx2.AsyncClient, sql_mediator: Mediator
) -> None:
    body = b"".join(b'{"payload": "%s"}\n' % (b"x" * 1000) for _ in range(5000))
    await sql_client.post("/import", content=body, headers=NDJSON)

    for _ in range(30):
        async with aclosing(await sql_mediator.send(ExportRecords())) as pieces:
            assert await anext(pieces)

    assert (await sql_client.get("/records", params={"limit": "1"})).status_code == 200


@pytest.mark.parametrize("ending", ["cancelled", "disconnected"])
async def test_an_export_whose_answer_is_broken_off_holds_no_connection(
    sql_client: httpx2.AsyncClient, sql_settings: Settings, sql_mediator: Mediator, engines: Engines, ending: str
) -> None:
    body = b"".join(b'{"payload": "%s"}\n' % (b"x" * 1000) for _ in range(5000))
    await sql_client.post("/import", content=body, headers=NDJSON)
    begun, left = asyncio.Event(), asyncio.Event()

    async def receive() -> Message:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            begun.set()
            await asyncio.Event().wait()

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/export",
        "raw_path": b"/export",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8080),
        "scheme": "http",
        "http_version": "1.1",
        "root_path": "",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
    }
    answering = asyncio.create_task(shared_app(sql_settings, sql_mediator)(scope, receive, send))
    await begun.wait()
    assert engines.read.connections.in_use == 1
    if ending == "cancelled":
        answering.cancel()
    left.set()
    await asyncio.wait([answering])

    assert engines.read.connections.in_use == 0


async def test_questions_find_a_connection_however_many_exports_are_under_way(
    sql_client: httpx2.AsyncClient, sql_mediator: Mediator, engines: Engines
) -> None:
    body = b"".join(b'{"payload": "%s"}\n' % (b"x" * 1000) for _ in range(5000))
    await sql_client.post("/import", content=body, headers=NDJSON)

    async with AsyncExitStack() as under_way:
        for _ in range(engines.read.connections.most // 2):
            pieces = await under_way.enter_async_context(aclosing(await sql_mediator.send(ExportRecords())))
            assert await anext(pieces)
        one_more = asyncio.create_task(sql_mediator.send(ExportRecords()))
        answer = await sql_client.get("/records", params={"limit": "1"})

        assert (answer.status_code, one_more.done()) == (200, False)
    async with aclosing(await one_more) as pieces:
        assert await anext(pieces)
