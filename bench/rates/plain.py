"""The plain application."""

import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.ext.asyncio import create_async_engine

from bench.plain.tables import Base
from bench.rates.contenders import LINKS, RECORDS, Case, Contender, Server, copy, free_port, started
from bench.rates.load import CREATED, OK, Load, Requests
from bench.rates.questions import CITY, CONTENTS, FIELDS, FILTERED, HUNDREDS, LINKED, PAGE, READ, REPLACED
from bench.stores import COLLECTION

PLAIN: Final = "plain"
_RECORD: Final = '{"collection":"'
_ALL: Final = f"/records?collection={COLLECTION}"
_CREATE: Final = f"mutation ($input: NewRecord!) {{ createRecord(input: $input) {{ {FIELDS} }} }}"
_GET: Final = f"query ($id: UUID!) {{ record(id: $id) {{ {FIELDS} }} }}"
_LIST: Final = (
    "query ($city: String, $first: Int!) { "
    f'records(collection: "{COLLECTION}", city: $city, first: $first) '
    f"{{ nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
_NESTED: Final = (
    'query ($id: UUID!, $first: Int!) { record(id: $id) { id payload links(relation: "knows", first: $first) '
    "{ id payload } } }"
)


@asynccontextmanager
async def plain(server: Server, ours: str) -> AsyncGenerator[Contender]:
    """Serves a copy of our records with one process of uvicorn, without its access log."""
    url = await server.create("plain")
    address = url.replace("postgresql:", "postgresql+asyncpg:")
    engine = create_async_engine(address)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()
    await copy(ours, url, {"records": RECORDS, "links": LINKS})
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.plain.app:app", "--port", str(port), "--no-access-log"]
    async with started(command, {"DATABASE_URL": address}, port) as pid:
        yield Contender(PLAIN, pid, _loads(Requests(server.folder, PLAIN, f"127.0.0.1:{port}", {})))


def _loads(requests: Requests) -> Mapping[Case, Load]:
    filtered = f"{_ALL}&city={CITY}&limit={FILTERED}"
    return {
        Case("create"): requests.load("create", "POST", ["/records"] * len(CONTENTS), CONTENTS, CREATED, _RECORD),
        Case("replace"): requests.load(
            "replace", "PUT", [f"/records/{each}" for each in REPLACED], CONTENTS, OK, _RECORD
        ),
        Case("batch of 100"): requests.load("batch", "POST", ["/batch"] * len(HUNDREDS), HUNDREDS, OK, f"[{_RECORD}"),
        Case("get by id"): requests.load("get", "GET", [f"/records/{each}" for each in READ], [], OK, _RECORD),
        Case("list of 100"): requests.load("list", "GET", [f"{_ALL}&limit={PAGE}"], [], OK, '{"items":[{"'),
        Case("filtered list"): requests.load("filtered", "GET", [filtered], [], OK, '{"items":[{"'),
        Case("create", "GraphQL"): requests.graphql(
            "create", _CREATE, [{"input": content} for content in CONTENTS], '{"createRecord":{"id":"'
        ),
        Case("get by id", "GraphQL"): requests.graphql(
            "get", _GET, [{"id": each} for each in READ], '{"record":{"id":"'
        ),
        Case("list of 100", "GraphQL"): requests.graphql(
            "list", _LIST, [{"first": PAGE}], '{"records":{"nodes":[{"id":"'
        ),
        Case("filtered list", "GraphQL"): requests.graphql(
            "filtered", _LIST, [{"city": CITY, "first": FILTERED}], '{"records":{"nodes":[{"id":"'
        ),
        Case("nested links", "GraphQL"): requests.graphql(
            "nested", _NESTED, [{"id": each, "first": LINKED} for each in READ], '{"record":{"id":"'
        ),
    }
