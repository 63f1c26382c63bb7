"""Clients that take their time, or only a connection."""

import asyncio
import resource
import socket
from collections.abc import Callable, Coroutine, Generator
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from uuid import uuid4

import httpx2

from tests.chaos.conftest import Blows
from tests.chaos.holdings import check
from tests.chaos.ledger import Ledger, Outcome
from tests.chaos.load import load
from tests.chaos.service import Service
from tests.chaos.waiting import growth
from tests.patience import PATIENCE

_IDLE: Final = 1000
_AT_ONCE: Final = 100
_SLOW: Final = 8
_PAUSE: Final = 0.1


async def test_clients_send_and_read_slowly(service: Service, ledger: Ledger, blows: Blows) -> None:
    large = await _store_much(service)
    paths = (f"/export?collection={large}", f"/changes?collection={large}&limit=1000")

    async with httpx2.AsyncClient(base_url=service.base_url, timeout=20) as client, load(service, ledger):
        async for _ in blows:
            with ExitStack() as connections, _meanwhile() as slow:
                for _ in range(_SLOW):
                    slow(_send_slowly(await _connected(service, connections)))
                    for path in paths:
                        slow(_read_slowly(await _connected(service, connections), path))
                await growth(ledger, Outcome.ACKNOWLEDGED, 50, within=PATIENCE)
                answer = await client.get("/records", params={"collection": ledger.collection})
                assert answer.is_success, answer.text

    await check(service, ledger)


async def test_a_thousand_connections_are_idle(service: Service, ledger: Ledger, blows: Blows) -> None:
    async with load(service, ledger):
        async for _ in blows:
            with _many_files(), ExitStack() as idle:
                for _ in range(_IDLE // _AT_ONCE):
                    await asyncio.gather(*[_ask_and_stay(await _connected(service, idle)) for _ in range(_AT_ONCE)])
                await growth(ledger, Outcome.ACKNOWLEDGED, 50, within=PATIENCE)

    await check(service, ledger)


@contextmanager
def _meanwhile() -> Generator[Callable[[Coroutine[Any, Any, None]], None]]:
    """Has things done until the context ends."""
    tasks: list[asyncio.Task[None]] = []
    try:
        yield lambda work: tasks.append(asyncio.create_task(work))
    finally:
        for task in tasks:
            task.cancel()


async def _store_much(service: Service) -> str:
    """Stores more than the kernel takes on for a client that reads nothing, and returns the name of the collection."""
    collection = f"large-{uuid4().hex[:12]}"
    lines = b"".join(b'{"payload": "%s"}\n' % (b"%06d" % number * 20_000) for number in range(100))
    async with httpx2.AsyncClient(base_url=service.base_url, timeout=60) as client:
        answer = await client.post(
            "/import",
            params={"collection": collection},
            content=lines,
            headers={"Content-Type": "application/x-ndjson"},
        )
    answer.raise_for_status()
    return collection


async def _send_slowly(connection: socket.socket) -> None:
    """Sends a record byte by byte."""
    await _send(connection, b"POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
    await _send(connection, b"Content-Length: 100000\r\n\r\n{")
    while True:
        await asyncio.sleep(_PAUSE)
        await _send(connection, b" ")


async def _read_slowly(connection: socket.socket, path: str) -> None:
    """Asks for much, and reads it byte by byte."""
    await _send(connection, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    while True:
        await _received(connection, 1)
        await asyncio.sleep(_PAUSE)


async def _ask_and_stay(connection: socket.socket) -> None:
    await _send(connection, b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert (await _received(connection)).startswith(b"HTTP/1.1 200 ")


async def _connected(service: Service, stack: ExitStack) -> socket.socket:
    connection = stack.enter_context(socket.socket())
    # The kernel is to take little on for a client that reads nothing.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", service.port))
    return connection


async def _send(connection: socket.socket, data: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(connection, data)


async def _received(connection: socket.socket, size: int = 1000) -> bytes:
    async with asyncio.timeout(20):
        return await asyncio.get_running_loop().sock_recv(connection, size)


@contextmanager
def _many_files() -> Generator[None]:
    """Lets this process open as many files as it may at most."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
