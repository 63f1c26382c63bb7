"""What clients see of a service that is told to stop."""

import asyncio
import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
import websockets

from tests.e2e.conftest import RunningService, serving
from tests.patience import PATIENCE

BODY = b'{"payload": 1}'


@pytest.fixture
def ending(folder: Path) -> Generator[RunningService]:
    with serving(folder) as service:
        yield service


@contextmanager
def connected(service: RunningService) -> Generator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", int(service.base_url.rpartition(":")[2]), timeout=PATIENCE)
    connection.connect()
    try:
        yield connection
    finally:
        connection.close()


def get(connection: http.client.HTTPConnection, path: str) -> http.client.HTTPResponse:
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    return response


def begin_to_post(service: RunningService) -> socket.socket:
    port = int(service.base_url.rpartition(":")[2])
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.sendall(
        b"POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        % len(BODY)
    )
    time.sleep(0.2)
    return connection


def test_what_is_under_way_is_finished_and_what_comes_is_refused(ending: RunningService) -> None:
    with connected(ending) as kept, connected(ending) as probe, begin_to_post(ending) as under_way:
        assert (get(kept, "/records").status, get(probe, "/health/ready").status) == (200, 200)
        ending.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)

        late, ready = get(kept, "/records"), get(probe, "/health/ready")
        with connected(ending) as another:
            newcomer = get(another, "/records")
        under_way.sendall(BODY)
        answer = under_way.makefile("rb").read()

    for refused in (late, newcomer):
        assert (refused.status, refused.headers["retry-after"], refused.headers["connection"]) == (503, "1", "close")
    assert ready.status == 503
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert b"\r\nconnection: close\r\n" in answer.lower()
    assert ending.process.wait(timeout=20) == 128 + signal.SIGTERM


def test_waits_no_longer_than_it_was_told_to(folder: Path) -> None:
    with serving(folder, "server.shutdown_timeout=1") as service, begin_to_post(service):
        start = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        service.process.wait(timeout=20)

        assert 0.9 < time.monotonic() - start < 10


def test_serves_on_for_a_while_and_says_that_it_goes(folder: Path) -> None:
    with serving(folder, "server.shutdown_delay=60") as service, connected(service) as kept:
        service.process.send_signal(signal.SIGTERM)
        for _ in range(10 * PATIENCE):
            if get(kept, "/health/ready").status == 503:
                break
            time.sleep(0.1)

        ready = httpx2.get(f"{service.base_url}/health/ready")
        assert ready.json()["checks"]["service"] == "The service is about to shut down."
        assert get(kept, "/records").status == 200

        # A second signal cuts the delay short.
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(timeout=20) == 128 + signal.SIGTERM


@asynccontextmanager
async def websocket(service: RunningService, *messages: object) -> AsyncGenerator[websockets.ClientConnection]:
    url = f"ws{service.base_url.removeprefix('http')}/graphql"
    protocol = websockets.Subprotocol("graphql-transport-ws")
    async with websockets.connect(url, subprotocols=[protocol], proxy=None) as connection:
        for message in messages:
            await connection.send(json.dumps(message))
        yield connection


async def rest_of(connection: websockets.ClientConnection) -> list[str]:
    """Returns the types of the messages that come until the connection is closed."""
    kinds: list[str] = []
    with suppress(websockets.ConnectionClosed):
        while True:
            kinds.append(json.loads(await connection.recv())["type"])
    return kinds


INIT = {"type": "connection_init"}
FOLLOW = {"type": "subscribe", "id": "a", "payload": {"query": "subscription { changes { version } }"}}


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_stop_closes_websockets_at_once_and_completes_nothing(folder: Path, workers: int) -> None:
    with serving(folder, "server.shutdown_timeout=60", f"server.workers={workers}") as service:
        async with AsyncExitStack() as stack:
            greetings: list[list[dict[str, Any]]] = [[], [INIT], [INIT, FOLLOW], [INIT, FOLLOW]]
            clients = [await stack.enter_async_context(websocket(service, *said)) for said in greetings]
            # Once it is answered, what was said before it is heard.
            for client in clients:
                await (await client.ping())
            await asyncio.sleep(0.3)
            begin = time.monotonic()
            service.process.send_signal(signal.SIGTERM)
            heard = await asyncio.gather(*map(rest_of, clients))
            closed_after = time.monotonic() - begin
            status = await asyncio.to_thread(service.process.wait, 30)
            ended_after = time.monotonic() - begin

    assert [kind for kinds in heard for kind in kinds if kind != "connection_ack"] == []
    assert [client.close_code for client in clients] == [1012] * 4
    assert status == 128 + signal.SIGTERM
    # It would be 60 seconds if they were waited for; PostgreSQL takes most of what it is.
    assert closed_after < 10
    assert ended_after < 20


async def test_a_websocket_whose_client_takes_nothing_does_not_hold_up_a_stop(folder: Path) -> None:
    with serving(folder, "server.shutdown_timeout=60") as service:
        async with websocket(service, INIT) as client:
            await client.recv()
            client.transport.pause_reading()
            # Each is refused with a message that quotes it.
            document = {"query": "query " + "x" * 100_000 + " {"}
            for number in range(200):
                await client.send(json.dumps({"type": "subscribe", "id": str(number), "payload": document}))
            await asyncio.sleep(1)
            begin = time.monotonic()
            service.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(service.process.wait, 50)
            assert time.monotonic() - begin < 30
            client.transport.abort()


async def test_no_connection_is_reset_when_a_service_under_load_stops(folder: Path) -> None:
    with serving(folder, "server.shutdown_timeout=10", "observability.log_level=WARNING") as service:
        port = int(service.base_url.rpartition(":")[2])
        resets: list[str] = []
        statuses: list[bytes] = []
        stopped = asyncio.Event()

        async def ask_again_and_again() -> None:
            while not stopped.is_set():
                try:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                except ConnectionRefusedError:
                    return
                try:
                    writer.write(b"GET /records?limit=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    statuses.append((await reader.read())[9:12])
                except OSError as error:
                    resets.append(repr(error))
                finally:
                    writer.close()

        clients = [asyncio.create_task(ask_again_and_again()) for _ in range(24)]
        await asyncio.sleep(1)
        service.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(service.process.wait, 30)
        stopped.set()
        await asyncio.wait(clients)

    assert resets == []
    assert set(statuses) <= {b"200", b"503"}
    assert b"503" in statuses


def test_what_runs_in_the_background_is_not_ended_by_ctrl_c(folder: Path) -> None:
    program = (
        "import signal, sys, runpy; signal.signal(signal.SIGINT, signal.SIG_IGN); "
        "import os; os.execv(sys.executable, [sys.executable, '-m', 'datastore_service', 'serve', 'server.port=0'])"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "Ctrl-C" in line:
                break
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        runs_on = process.poll() is None
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=PATIENCE)

    assert runs_on
    assert (process.returncode, output) == (128 + signal.SIGTERM, "Stopped.\n")
