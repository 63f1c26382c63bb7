"""Clients that follow the changes and go on, whatever happens, where they were."""

import asyncio
import json
from contextlib import suppress
from typing import Final

import httpx2

from tests.chaos.ledger import Change, Ledger
from tests.chaos.service import Service
from tests.chaos.waiting import until

_PAUSE: Final = 0.05
_SECONDS_BEHIND: Final = 10.0


async def follow(service: Service, http: httpx2.AsyncClient, ledger: Ledger, quiet: asyncio.Event) -> None:
    """Has one client read page by page and one as a stream; both note what they get in the ledger.

    Args:
        service: May be away at times.
        http: What to ask it with.
        ledger: Names the collection.
        quiet: Is set when nothing more will be written; both then come to an end.
    """
    by_pages: list[Change] = []
    by_events: list[Change] = []
    ledger.followed += [by_pages, by_events]
    streaming = asyncio.create_task(_stream(service, http, ledger.collection, by_events))
    try:
        await _read_pages(service, http, ledger.collection, by_pages, quiet)
        # One that stays behind is for the checker to complain of.
        with suppress(AssertionError):
            await until(lambda: len(by_events) >= len(by_pages) or streaming.done(), _SECONDS_BEHIND)
    finally:
        streaming.cancel()
        await asyncio.wait([streaming])
    if not streaming.cancelled():
        streaming.result()


async def _read_pages(
    service: Service, http: httpx2.AsyncClient, collection: str, got: list[Change], quiet: asyncio.Event
) -> None:
    cursor: dict[str, str] = {}
    while True:
        last = quiet.is_set()
        parameters = {"collection": collection, "limit": "500", "wait": "0.5"} | cursor
        try:
            answer = await http.get(f"{service.base_url}/changes", params=parameters)
        except httpx2.TransportError:
            await asyncio.sleep(_PAUSE)
            continue
        if answer.status_code == httpx2.codes.SERVICE_UNAVAILABLE.value:
            await asyncio.sleep(_PAUSE)
            continue
        page = answer.raise_for_status().json()
        cursor = {"since": page["next_cursor"]}
        got += page["items"]
        if last and not page["items"]:
            return


async def _stream(service: Service, http: httpx2.AsyncClient, collection: str, got: list[Change]) -> None:
    place: dict[str, str] = {}
    while True:
        parameters = {"collection": collection, "since": "beginning"}
        headers = {"Accept": "text/event-stream"} | place
        with suppress(httpx2.TransportError):
            async with http.stream("GET", f"{service.base_url}/changes", params=parameters, headers=headers) as answer:
                if answer.status_code != httpx2.codes.SERVICE_UNAVAILABLE.value:
                    answer.raise_for_status()
                    event: dict[str, str] = {}
                    async for line in answer.aiter_lines():
                        name, _, value = line.partition(": ")
                        event[name] = value
                        if line:
                            continue
                        # Only an empty line makes an event whole (HTML Living Standard, section 9.2.6).
                        if "data" in event and "event" not in event:
                            got.append(json.loads(event["data"]))
                        if "id" in event:
                            place = {"Last-Event-ID": event["id"]}
                        event = {}
        await asyncio.sleep(_PAUSE)
