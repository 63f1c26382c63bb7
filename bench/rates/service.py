"""The service itself."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import quote

from bench.rates.contenders import SIZE, Case, Contender, Server, free_port, link, started
from bench.rates.load import CREATED, OK, PAGE_OF_RECORDS, RECORD, Load, Requests
from bench.rates.questions import CITY, CONTENTS, FIELDS, FILTERED, HUNDREDS, LINKED, PAGE, READ, REPLACED
from bench.stores import COLLECTION, fill
from datastore_service.config.loader import load_settings
from datastore_service.database import migrate

OURS: Final = "Datastore"
_ALL: Final = f"/records?collection={COLLECTION}"
_CREATE: Final = f"mutation ($input: CreateRecordInput!) {{ createRecord(input: $input) {{ record {{ {FIELDS} }} }} }}"
_GET: Final = f"query ($id: UUID!) {{ record(id: $id) {{ {FIELDS} }} }}"
_LIST: Final = (
    "query ($first: Int!) { "
    f'records(collection: "{COLLECTION}", first: $first) '
    f"{{ nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
_FILTERED: Final = (
    "query ($city: JSON!, $first: Int!) { "
    f'records(collection: "{COLLECTION}", filter: {{ payload: [{{ path: "city", eq: $city }}] }}, first: $first) '
    f"{{ nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
_NESTED: Final = (
    "query ($id: UUID!, $first: Int!) "
    '{ record(id: $id) { id payload links(relation: "knows", first: $first) { nodes { id payload } } } }'
)


async def filled(server: Server, name: str) -> str:
    """Makes a database as the service has it, with records, links and an index for the filter, and returns its URL."""
    url = await server.create(name)
    await migrate(load_settings([], {"DATABASE_URL": url}))
    await fill(url, SIZE)
    await link(url)
    await _index(url)
    return url


async def _index(url: str) -> None:
    command = [sys.executable, "-m", "datastore_service", "index", "create", COLLECTION, "payload.city"]
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, "DATABASE_URL": url}, stdout=subprocess.DEVNULL
    )
    if await process.wait():
        raise RuntimeError("The index could not be built.")


@asynccontextmanager
async def service(server: Server, url: str) -> AsyncGenerator[Contender]:
    """Serves the database with one process, by default settings but for a log of warnings only."""
    port = free_port()
    command = [sys.executable, "-m", "datastore_service", "serve"]
    command += [f"server.port={port}", "observability.log_level=warning"]
    async with started(command, {"DATABASE_URL": url}, port) as pid:
        requests = Requests(server.folder, OURS, f"127.0.0.1:{port}", {"Accept": "application/json"})
        yield Contender(OURS, pid, _loads(requests))


def _loads(requests: Requests) -> Mapping[Case, Load]:
    filtered = f"{_ALL}&{quote('filter[payload.city]')}={CITY}&limit={FILTERED}"
    batches = [{"operations": [{"op": "create", **content} for content in each]} for each in HUNDREDS]
    return {
        Case("create"): requests.load("create", "POST", ["/records"] * len(CONTENTS), CONTENTS, CREATED, RECORD),
        Case("replace"): requests.load(
            "replace", "PUT", [f"/records/{each}" for each in REPLACED], CONTENTS, OK, RECORD
        ),
        Case("batch of 100"): requests.load(
            "batch", "POST", ["/batch"] * len(batches), batches, OK, '{"results":[{"id":"'
        ),
        Case("get by id"): requests.load("get", "GET", [f"/records/{each}" for each in READ], [], OK, RECORD),
        Case("list of 100"): requests.load("list", "GET", [f"{_ALL}&limit={PAGE}"], [], OK, PAGE_OF_RECORDS),
        Case("filtered list"): requests.load("filtered", "GET", [filtered], [], OK, PAGE_OF_RECORDS),
        Case("create", "GraphQL"): requests.graphql(
            "create", _CREATE, [{"input": content} for content in CONTENTS], '{"createRecord":{"record":{"id":"'
        ),
        Case("get by id", "GraphQL"): requests.graphql(
            "get", _GET, [{"id": each} for each in READ], '{"record":{"id":"'
        ),
        Case("list of 100", "GraphQL"): requests.graphql(
            "list", _LIST, [{"first": PAGE}], '{"records":{"nodes":[{"id":"'
        ),
        Case("filtered list", "GraphQL"): requests.graphql(
            "filtered", _FILTERED, [{"city": CITY, "first": FILTERED}], '{"records":{"nodes":[{"id":"'
        ),
        Case("nested links", "GraphQL"): requests.graphql(
            "nested", _NESTED, [{"id": each, "first": LINKED} for each in READ], '{"record":{"id":"'
        ),
    }
