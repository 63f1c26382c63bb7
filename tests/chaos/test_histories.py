"""Clients of all kinds use the same records under faults: what they are told fits one order for each record."""

import asyncio
import random
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from time import monotonic
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2

from tests.chaos.conftest import Blows
from tests.chaos.postgres import Postgres
from tests.chaos.registers import Kind, Operation, is_linearizable
from tests.chaos.service import Service
from tests.chaos.wire import Wire
from tests.patience import PATIENCE

_CLIENTS: Final = 6
_REGISTERS: Final = 4
_ENOUGH: Final = 100
"""Operations whose outcomes are known, of each kind some."""

_REPLACE: Final = """mutation($input: ReplaceRecordInput!) {
  replaceRecord(input: $input) { record { version } userErrors { code } }
}"""
_RECORD: Final = "query($id: UUID!) { record(id: $id) { version payload } }"


class _NothingDone(Exception):
    """The service says that it has done nothing."""


class _Histories:
    """Sends operations on some records, and notes what each answer tells."""

    def __init__(self, service: Service, http: httpx2.AsyncClient) -> None:
        self.of: dict[UUID, list[Operation]] = defaultdict(list)
        self._collection = f"registers-{uuid4().hex[:12]}"
        self._records = [uuid4() for _ in range(_REGISTERS)]
        self._values = 0
        self._service = service
        self._http = http

    async def ask_until(self, stopped: asyncio.Event, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - no secret
        version = dict.fromkeys(self._records, 0)
        ways = (self._get, self._query, self._put, self._swap, self._mutate, self._swap_by_mutation)
        while not stopped.is_set():
            record = chance.choice(self._records)
            if chance.random() < 0.15:
                await self._batch(chance.sample(self._records, 2))
                continue
            way = chance.choice(ways)
            seen = await way(record, version[record])
            version[record] = version[record] if seen is None else seen

    @property
    def told(self) -> list[Operation]:
        """The operations whose outcomes are known."""
        return [operation for history in self.of.values() for operation in history if operation.is_known]

    async def are_enough(self) -> None:
        """Waits until there is enough to judge by, for as long as a busy machine may take."""
        deadline = monotonic() + PATIENCE
        while len(self.told) <= _ENOUGH or {operation.kind for operation in self.told} != {*Kind}:
            assert monotonic() < deadline, "too little was answered to judge by"
            await asyncio.sleep(0.05)

    async def create_all(self) -> None:
        """Creates each record, as nobody else does."""
        for record in self._records:
            await self._put(record, 0)

    async def read_all(self) -> None:
        """Reads each record once more, when nothing is under way."""
        for record in self._records:
            await self._get(record, 0)
            await self._query(record, 0)

    async def _get(self, record: UUID, _: int) -> int | None:
        async def send() -> tuple[int, object]:
            answer = await self._answer("GET", f"/records/{record}")
            if answer.status_code == HTTPStatus.NOT_FOUND:
                return 0, None
            body = answer.json()
            return body["version"], body["payload"]

        return await self._read(record, send)

    async def _query(self, record: UUID, _: int) -> int | None:
        async def send() -> tuple[int, object]:
            found = (await self._graphql(_RECORD, {"id": str(record)}))["record"]
            return (found["version"], found["payload"]) if found else (0, None)

        return await self._read(record, send)

    async def _put(self, record: UUID, _: int) -> int | None:
        return await self._write(record, None, lambda value: self._sent_put(record, value, {}))

    async def _swap(self, record: UUID, version: int) -> int | None:
        headers = {"If-Match": f'"{version}"'} if version else {"If-None-Match": "*"}
        return await self._write(record, version, lambda value: self._sent_put(record, value, headers))

    async def _mutate(self, record: UUID, _: int) -> int | None:
        return await self._write(record, None, lambda value: self._sent_mutation(record, value, {}))

    async def _swap_by_mutation(self, record: UUID, version: int) -> int | None:
        if not version:
            return None
        expected: dict[str, object] = {"expectedVersion": version}
        return await self._write(record, version, lambda value: self._sent_mutation(record, value, expected))

    async def _batch(self, records: list[UUID]) -> None:
        value = self._next_value()
        parts = [
            {"op": "replace", "id": str(record), "collection": self._collection, "payload": value} for record in records
        ]
        begun = monotonic()
        versions: dict[UUID, int] = {}
        with suppress(_NothingDone):
            with suppress(httpx2.TransportError):
                answer = await self._answer("POST", "/batch", json={"operations": parts})
                assert answer.is_success, answer.text
                versions = {UUID(result["id"]): result["version"] for result in answer.json()["results"]}
            for record in records:
                self._note(record, Operation(kind=Kind.WRITE, begun=begun, value=value), versions.get(record))

    async def _read(self, record: UUID, send: Callable[[], Awaitable[tuple[int, object]]]) -> int | None:
        begun = monotonic()
        with suppress(httpx2.TransportError, _NothingDone):
            version, value = await send()
            operation = Operation(kind=Kind.READ, begun=begun, ended=monotonic(), version=version, value=value)
            self.of[record].append(operation)
            return version
        return None

    async def _write(
        self, record: UUID, expected: int | None, send: Callable[[int], Awaitable[int | None]]
    ) -> int | None:
        """Notes a write; `send` returns the new version, or None if it is refused for the old one."""
        value, begun = self._next_value(), monotonic()
        kind = Kind.WRITE if expected is None else Kind.SWAP
        asked = Operation(kind=kind, begun=begun, value=value, expected=expected)
        try:
            version = await send(value)
        except (httpx2.ConnectError, _NothingDone):
            return None
        except httpx2.TransportError:
            self.of[record].append(asked)
            return None
        self._note(record, asked, version, refused=version is None)
        return version

    def _note(self, record: UUID, asked: Operation, version: int | None, *, refused: bool = False) -> None:
        known = version is not None or refused
        self.of[record].append(
            Operation(
                kind=asked.kind,
                begun=asked.begun,
                **({"ended": monotonic()} if known else {}),
                value=asked.value,
                version=version,
                expected=asked.expected,
                refused=refused,
            )
        )

    async def _sent_put(self, record: UUID, value: int, headers: dict[str, str]) -> int | None:
        body = {"collection": self._collection, "payload": value}
        answer = await self._answer("PUT", f"/records/{record}", json=body, headers=headers)
        if answer.status_code == HTTPStatus.PRECONDITION_FAILED:
            return None
        tag = re.fullmatch(r'"(\d+)"', answer.headers["ETag"])
        assert tag, answer.headers
        return int(tag[1])

    async def _sent_mutation(self, record: UUID, value: int, more: dict[str, object]) -> int | None:
        given = {"id": str(record), "collection": self._collection, "payload": value, **more}
        replaced = (await self._graphql(_REPLACE, {"input": given}))["replaceRecord"]
        if replaced["userErrors"]:
            assert replaced["userErrors"][0]["code"] == "precondition_failed", replaced
            return None
        return replaced["record"]["version"]

    async def _graphql(self, document: str, variables: dict[str, object]) -> dict[str, Any]:
        answer = await self._answer("POST", "/graphql", json={"query": document, "variables": variables})
        body = answer.json()
        assert not body.get("errors"), body
        return body["data"]

    async def _answer(self, method: str, path: str, **parts: Any) -> httpx2.Response:  # noqa: ANN401 - httpx2's
        """Returns the answer; one that says that the service cannot is raised.

        Raises:
            _NothingDone: Nothing was done.
            httpx2.TransportError: Whether something was done is not known.
        """
        answer = await self._http.request(method, self._service.base_url + path, **parts)
        if answer.status_code not in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT):
            return answer
        await asyncio.sleep(0.05)
        if "is not known" in answer.text or "deadline_exceeded" in answer.text:
            raise httpx2.ReadError(answer.text)
        raise _NothingDone

    def _next_value(self) -> int:
        self._values += 1
        return self._values


async def test_what_clients_are_told_fits_one_order_for_each_record(
    service: Service, postgres: Postgres, wire: Wire, blows: Blows
) -> None:
    stopped = asyncio.Event()
    async with httpx2.AsyncClient(timeout=15, limits=httpx2.Limits(max_connections=None)) as http:
        histories = _Histories(service, http)
        await histories.create_all()
        async with asyncio.TaskGroup() as clients:
            for seed in range(_CLIENTS):
                clients.create_task(histories.ask_until(stopped, seed))
            try:
                async for number in blows:
                    wire.cut()
                    await service.ready()
                    if number % 2:
                        postgres.kill()
                        await postgres.start()
                        await service.ready()
                await asyncio.sleep(1)
                await histories.are_enough()
            finally:
                stopped.set()
        await histories.read_all()

    wrong = [record for record, history in histories.of.items() if not is_linearizable(history)]
    assert not wrong, [histories.of[record] for record in wrong]
