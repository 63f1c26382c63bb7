"""Whatever one client asks within the limits, others are answered soon, and there is memory left.

In the gate: requests that failed at one time, and 2,000 others. `just check-long` goes on for WAITING_SECONDS, with
other requests each time; a failure names the seed.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, cast

import httpx2
import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import ClientConnection, connect

from tests.data_folders import copy
from tests.e2e.conftest import RunningService, serving
from tests.measuring import UNCOUNTED
from tests.waiting.known import known
from tests.waiting.requests import Asked, Making
from tests.waiting.watch import Watch

pytestmark = pytest.mark.lengthy

MOST_SECONDS: Final = 0.25
MOST_BYTES: Final = 256 << 20
REQUESTS: Final = 2_000

_SECONDS: Final = float(os.environ.get("WAITING_SECONDS", "0"))
_SEED: Final = int(os.environ.get("WAITING_SEED", "1" if not _SECONDS else str(time.time_ns())))
_SHORT: Final = 10_000


@dataclass(slots=True)
class Client:
    """Asks one thing after the other, and does not mind the answers."""

    http: httpx2.Client
    address: str
    sockets: int = 0

    def ask(self, asked: Asked) -> None:
        if asked.method == "WEBSOCKET":
            protocols = cast("Any", ["graphql-transport-ws"])
            # Too many values end the connection.
            with suppress(ConnectionClosedError), connect(self.address, subprotocols=protocols) as socket:
                self._operation(socket, asked.body)
            return
        self.http.request(asked.method, asked.path, content=asked.body, headers=dict(asked.headers))

    def _operation(self, socket: ClientConnection, body: bytes) -> None:
        socket.send('{"type":"connection_init"}')
        socket.recv()
        socket.send('{"type":"subscribe","id":"1","payload":' + body.decode() + "}")
        for message in socket:
            if json.loads(message)["type"] in ("complete", "error"):
                return


@pytest.fixture(scope="module")
def service(data_folder: Path) -> Generator[tuple[RunningService, int]]:
    with tempfile.TemporaryDirectory(prefix="datastore-waiting-") as name:
        folder = Path(name) / ".datastore"
        copy(data_folder, folder)
        with serving(Path(name), "observability.log_level=error", "webhooks.deliver=false", **UNCOUNTED) as service:
            yield service, int((folder / "postgres/postmaster.pid").read_text().splitlines()[0])


@pytest.fixture
def watch(service: tuple[RunningService, int]) -> Watch:
    running, postmaster = service
    return Watch(running.process.pid, postmaster, int(running.base_url.rpartition(":")[2]))


@pytest.fixture
def client(service: tuple[RunningService, int]) -> Generator[Client]:
    base = service[0].base_url
    with httpx2.Client(base_url=base, timeout=600) as http:
        yield Client(http, base.replace("http://", "ws://") + "/graphql")


def check(watch: Watch) -> None:
    assert watch.polls
    assert watch.wait.value < MOST_SECONDS, watch.wait
    assert watch.service_memory.value < MOST_BYTES, watch.service_memory
    assert watch.backend_memory.value < MOST_BYTES, watch.backend_memory


def made_up() -> Iterator[Asked]:
    making = Making(random.Random(_SEED), most=10**7 if _SECONDS else _SHORT)  # noqa: S311 - no secret
    while True:
        yield from making.some()


def test_nobody_waits_for_what_kept_everybody_waiting(watch: Watch, client: Client) -> None:
    with watch:
        for asked in known():
            watch.during = asked.name
            client.ask(asked)

    check(watch)


def test_nobody_waits_for_whatever_is_asked(watch: Watch, client: Client) -> None:
    began = time.monotonic()
    requests = made_up()
    with watch:
        for index, asked in enumerate(requests if _SECONDS else islice(requests, REQUESTS)):
            watch.during = f"{asked.name} (request {index} of WAITING_SEED={_SEED})"
            client.ask(asked)
            if _SECONDS and time.monotonic() - began > _SECONDS:
                break

    check(watch)


BUSY: Final = """
import http.server, time

class Busy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def do_POST(self):
        self.server.held, began = b"x" * 100_000_000, time.thread_time()
        while time.thread_time() < began + 0.5:
            pass
        self.do_GET()

server = http.server.HTTPServer(("127.0.0.1", 0), Busy)
print(server.server_port, flush=True)
server.serve_forever()
"""


def test_a_service_that_keeps_others_waiting_is_found_out() -> None:
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as service:
        assert service.stdout is not None
        port = int(service.stdout.readline())
        with Watch(service.pid, service.pid, port) as watch:
            watch.wait_for_polls(1)
            watch.during = "much work"
            httpx2.post(f"http://127.0.0.1:{port}", timeout=60)
            watch.wait_for_polls(10)
        service.kill()

    assert watch.wait.value >= MOST_SECONDS
    assert watch.wait.during == "much work"
    assert watch.service_memory.value > 50_000_000
