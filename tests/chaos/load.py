"""Clients that write all the time and note what they know of each write, and some that follow the changes."""

import asyncio
import random
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2

from tests.chaos.followers import follow
from tests.chaos.ledger import Ledger, Outcome, Write
from tests.chaos.service import Service

_PAUSE: Final = 0.05
_NOTHING_DONE: Final = {"starting", "shutting_down", "overloaded"}


class _Client:
    """What sends writes to wherever the service is at the moment."""

    def __init__(self, service: Service, http: httpx2.AsyncClient, ledger: Ledger) -> None:
        self._service = service
        self._http = http
        self._ledger = ledger

    async def send(self, write: Write, method: str, path: str, body: object = None, key: str | None = None) -> None:
        """Sends it once, and notes the outcome."""
        headers = {"X-Request-Id": write.name, "Prefer": "return=minimal"} | ({"Idempotency-Key": key} if key else {})
        try:
            answer = await self._http.request(method, self._service.base_url + path, headers=headers, json=body)
        except httpx2.ConnectError:
            # What was sent before under the same key may have been done.
            self._ledger.end(write, Outcome.UNKNOWN if key else Outcome.REFUSED)
        except httpx2.TransportError:
            self._ledger.end(write, Outcome.UNKNOWN)
        else:
            self._note(write, answer, method, key)
        if write.outcome is not Outcome.ACKNOWLEDGED:
            await asyncio.sleep(_PAUSE)

    def _note(self, write: Write, answer: httpx2.Response, method: str, key: str | None) -> None:
        body: dict[str, Any] = answer.json() if answer.content else {}
        if answer.is_success:
            versions = {UUID(result["id"]): int(result["version"]) for result in body.get("results", ())}
            if tag := re.fullmatch(r'"(\d+)"', answer.headers.get("ETag", "")):
                versions = {record: int(tag[1]) for record in write.payloads}
            self._ledger.end(write, Outcome.ACKNOWLEDGED, versions)
        elif (answer.status_code, method) == (404, "DELETE"):
            self._ledger.end(write, Outcome.REFUSED)
        elif body.get("code") == "query_timeout":
            self._ledger.end(write, Outcome.UNKNOWN if key else Outcome.REFUSED)
        elif answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE or body.get("code") == "idempotency_key_in_flight":
            refused = body["code"] in _NOTHING_DONE or (
                body["code"] == "store_unavailable" and "is not known" not in body["detail"]
            )
            self._ledger.end(write, Outcome.REFUSED if refused and not key else Outcome.UNKNOWN)
        else:
            raise AssertionError(f"{method} was answered with {answer.status_code} {answer.text}")


class _Writer:
    """Creates, changes and deletes records of its own and, as the others do, some that all share."""

    def __init__(self, client: _Client, ledger: Ledger, shared: list[UUID], seed: int) -> None:
        self._client = client
        self._ledger = ledger
        self._shared = shared
        self._own: list[UUID] = []
        self._chance = random.Random(seed)  # noqa: S311 - no secret

    async def write_until(self, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            value = {"number": len(self._ledger.writes), "text": "x" * self._chance.choice([10, 100, 2000])}
            choice = self._chance.random()
            if choice < 0.3 or not self._own:
                await self._create(value, stopped)
            elif choice < 0.7:
                await self._put(self._chance.choice(self._own + self._shared), value)
            elif choice < 0.8:
                record = self._own.pop(self._chance.randrange(len(self._own)))
                await self._client.send(self._ledger.begin({record: None}), "DELETE", f"/records/{record}")
            else:
                records = [uuid4(), uuid4(), self._chance.choice(self._own), self._chance.choice(self._shared)]
                await self._batch(records, value)

    async def _create(self, value: object, stopped: asyncio.Event) -> None:
        record = uuid4()
        self._own.append(record)
        write = self._ledger.begin({record: value})
        key = str(uuid4()) if self._chance.random() < 0.3 else None
        body = {"id": str(record), "collection": self._ledger.collection, "payload": value}
        await self._client.send(write, "POST", "/records", body, key)
        while key and write.outcome is Outcome.UNKNOWN and not stopped.is_set():
            await self._client.send(write, "POST", "/records", body, key)

    async def _put(self, record: UUID, value: object) -> None:
        body = {"collection": self._ledger.collection, "payload": value}
        await self._client.send(self._ledger.begin({record: value}), "PUT", f"/records/{record}", body)

    async def _batch(self, records: list[UUID], value: object) -> None:
        write = self._ledger.begin(dict.fromkeys(records, value))
        await self._client.send(write, "POST", "/batch", batch_of(records, self._ledger.collection, value))


def batch_of(records: list[UUID], collection: str, payload: object) -> dict[str, object]:
    """Makes a batch that gives all of the records this payload."""
    return {
        "operations": [
            {"op": "replace", "id": str(record), "collection": collection, "payload": payload} for record in records
        ]
    }


@asynccontextmanager
async def load(service: Service, ledger: Ledger, writers: int = 8) -> AsyncGenerator[None]:
    """Keeps the service busy; at its end the service has to be there again."""
    stopped, quiet = asyncio.Event(), asyncio.Event()
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=writers)
    async with httpx2.AsyncClient(timeout=15, limits=limits) as http, asyncio.TaskGroup() as tasks:
        client = _Client(service, http, ledger)
        shared = [uuid4() for _ in range(5)]
        busy = [
            tasks.create_task(_Writer(client, ledger, shared, number).write_until(stopped)) for number in range(writers)
        ]
        tasks.create_task(follow(service, http, ledger, quiet))
        try:
            yield
        finally:
            stopped.set()
            await asyncio.wait(busy)
            quiet.set()
