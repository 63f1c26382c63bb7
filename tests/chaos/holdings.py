"""Reads all that a service holds of a scenario, and has the checker look at it."""

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final
from uuid import UUID

import httpx2

from tests.chaos.checker import Holdings, complaints
from tests.chaos.ledger import Change, Ledger
from tests.chaos.service import Service

_SAMPLE: Final = 10
"""Of so many records the history is read by itself; the log holds it of all."""


async def check(service: Service, ledger: Ledger) -> None:
    """Looks whether the service holds what it has acknowledged.

    Args:
        service: Is ready, and at rest.
        ledger: Whatever was asked of it.
    """
    found = complaints(ledger, await read(service, ledger.collection))

    assert not found, "\n".join([*found[:20], service.log[-3000:]])
    assert "Traceback" not in service.log, service.log


async def read(service: Service, collection: str) -> Holdings:
    """Reads all that the service holds of a collection."""
    async with httpx2.AsyncClient(base_url=service.base_url, timeout=30) as client:
        log = await _log(client, collection)
        export = (await client.get("/export", params={"collection": collection})).raise_for_status()
        lines = [httpx2.Response(200, text=line).json() for line in export.text.splitlines()]
        records = dict.fromkeys(UUID(str(change["record_id"])) for change in log)
        return Holdings(
            log=log,
            present={UUID(line["id"]): (line["version"], line["payload"]) for line in lines},
            kept=await _revisions(client, islice(records, _SAMPLE)),
        )


async def _log(client: httpx2.AsyncClient, collection: str) -> list[Change]:
    changes: list[Change] = []
    page: dict[str, Any] = {"next_cursor": None, "has_more": True}
    while page["has_more"]:
        since = {"since": page["next_cursor"]} if page["next_cursor"] else {}
        parameters = {"collection": collection, "limit": 1000} | since
        page = (await client.get("/changes", params=parameters)).raise_for_status().json()
        changes += page["items"]
    return changes


async def _revisions(client: httpx2.AsyncClient, records: Iterable[UUID]) -> dict[UUID, list[tuple[int, str]]]:
    kept: dict[UUID, list[tuple[int, str]]] = {}
    for record in records:
        page = (await client.get(f"/records/{record}/revisions", params={"limit": 1000})).raise_for_status().json()
        kept[record] = sorted((revision["version"], revision["operation"]) for revision in page["items"])
    return kept
