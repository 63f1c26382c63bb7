"""Texts are in the order of their code points, also in a database whose collation is that of a language."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from datastore_service.application.limits import Limits
from datastore_service.application.read.queries.list_indexes import ListIndexes
from datastore_service.application.write.commands.create_index import CreateIndex
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.bootstrap import build_application
from datastore_service.config.loader import load_settings
from datastore_service.database import open_database
from datastore_service.main import create_app
from tests.chaos.postgres import a_postgres

SOURCES: Final = Path("/usr/share/i18n/locales/en_US")

TEXTS: Final = [
    "~", "😀", "10", "9", "a", "A", "b", "B", "é", "e", "f", "z", "Z", "_", "-a", "a-", "a b", "ab", "", " ", "ä",
    "\uffee", "\U00010000", "A" + "x" * 199 + "a", "a" + "x" * 199 + "b", "A" + "x" * 199,
    "é" * 199 + "a", "é" * 199 + "B",
]  # fmt: skip


@pytest.fixture(scope="module")
async def client() -> AsyncGenerator[httpx2.AsyncClient]:
    """The service on a database in which `a` comes before `B`."""
    program = shutil.which("localedef")
    if program is None or not SOURCES.exists():
        pytest.skip("This machine cannot make a locale: it has no localedef, or none of its sources.")
    with tempfile.TemporaryDirectory(prefix="datastore-locales-") as name:
        locales = Path(name)
        await asyncio.to_thread(locales.chmod, 0o755)
        made = await asyncio.create_subprocess_exec(
            program, "-i", "en_US", "-f", "UTF-8", str(locales / "en_US.utf8"), stderr=asyncio.subprocess.DEVNULL
        )
        assert await made.wait() == 0
        async with a_postgres(locales=locales) as postgres:
            async with postgres.connection() as connection:
                await connection.execute("CREATE DATABASE english TEMPLATE template0 LOCALE 'en_US.utf8'")
            async with postgres.connection("english") as connection:
                assert await connection.fetchval("SELECT 'a' < 'B'")
            url = f"postgresql://postgres@/english?host={postgres.socket.parent}"
            settings = load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": url})
            async with open_database(settings) as engines:
                application = build_application(engines, Limits())
                for text in TEXTS:
                    await application.mediator.send(CreateRecord(collection="texts", payload={"t": text}))
                app = create_app(settings)
                app.state.mediator = application.mediator
                async with httpx2.AsyncClient(
                    transport=httpx2.ASGITransport(app, raise_app_exceptions=False), base_url="http://localhost:8080"
                ) as client:
                    yield client
                    await application.mediator.send(CreateIndex(collection="texts", path="payload.t"))
                    (index,) = (await application.mediator.send(ListIndexes(collections=["texts"])))["texts"]
                    assert index.state in {"building", "ready"}
                await application.indexes.close()
                await application.changes.close()


async def found(client: httpx2.AsyncClient, **body: object) -> list[str]:
    """Reads all pages of a list."""
    texts: list[str] = []
    cursor: str | None = None
    while True:
        asked = {"collection": "texts", "limit": 5, **body, **({"cursor": cursor} if cursor else {})}
        answer = (await client.post("/records/search", json=asked)).json()
        texts += [item["payload"]["t"] for item in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            return texts


async def data(client: httpx2.AsyncClient, query: str) -> Any:  # noqa: ANN401 - JSON
    answer = (await client.post("/graphql", json={"query": query})).json()
    assert "errors" not in answer, answer
    return answer["data"]


def cut(texts: Sequence[str]) -> list[str]:
    return [text[:200] for text in texts]


async def test_orders_and_their_pages(client: httpx2.AsyncClient) -> None:
    assert cut(await found(client, sort=["payload.t"])) == cut(sorted(TEXTS))
    assert cut(await found(client, sort=["-payload.t"])) == cut(sorted(TEXTS, reverse=True))


@pytest.mark.parametrize(
    ("operator", "holds"), [("gt", str.__gt__), ("gte", str.__ge__), ("lt", str.__lt__), ("lte", str.__le__)]
)
async def test_ranges(client: httpx2.AsyncClient, operator: str, holds: Any) -> None:  # noqa: ANN401
    for operand in TEXTS:
        expected = sorted(text for text in TEXTS if holds(text, operand))
        comparison = {"payload.t": {operator: operand}}

        assert sorted(await found(client, filter=comparison)) == expected
        assert sorted(await found(client, filter={"not": {"not": comparison}})) == expected


async def test_the_least_and_the_greatest_and_groups(client: httpx2.AsyncClient) -> None:
    measures = {name: {"function": name, "field": "payload.t"} for name in ("min", "max")}
    body = {"collection": "texts", "limit": 100}

    whole = (await client.post("/records/aggregate", json=body | {"measures": measures})).json()
    grouped = (await client.post("/records/aggregate", json=body | {"group_by": ["payload.t"]})).json()

    assert whole["groups"][0]["measures"] == {"min": min(TEXTS), "max": max(TEXTS)}
    assert [group["key"]["payload.t"] for group in grouped["groups"]] == sorted(TEXTS)


async def test_orders_and_ranges_in_graphql(client: httpx2.AsyncClient) -> None:
    bound = json.dumps("A" + "x" * 199 + "a")
    answer = await data(
        client,
        f"""{{ records(collection: "texts", first: 100, orderBy: [{{ payload: "t" }}],
          filter: {{ payload: [{{ path: "t", string: {{ gt: {bound} }} }}] }}) {{ nodes {{ payload }} }} }}""",
    )

    assert cut([node["payload"]["t"] for node in answer["records"]["nodes"]]) == cut(
        sorted(text for text in TEXTS if text > "A" + "x" * 199 + "a")
    )
