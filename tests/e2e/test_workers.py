"""Several processes behind one address are one service."""

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.e2e.conftest import RunningService, serving
from tests.patience import PATIENCE

type Connection = http.client.HTTPConnection


def two(folder: Path, *overrides: str) -> AbstractContextManager[RunningService]:
    # Nobody reads while the test goes on, and a pipe holds only so many lines.
    return serving(folder, "--workers", "2", "observability.log_level=error", *overrides)


@pytest.fixture(scope="module")
def service() -> Generator[RunningService]:
    with tempfile.TemporaryDirectory(prefix="datastore-e2e-") as name, two(Path(name)) as service:
        yield service


@pytest.fixture
def connections(service: RunningService) -> Generator[list[Connection]]:
    """One to each of the workers."""
    pids = workers(service)
    assert len(pids) == 2
    with ExitStack() as stack:
        yield [stack.enter_context(connected_to(pid, pids, service)) for pid in pids]


def workers(service: RunningService) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    lines = [line.split(None, 2) for line in listed.splitlines()]
    return [
        int(pid)
        for pid, parent, *args in lines
        if parent == str(service.process.pid) and "service.workers" in str(args)
    ]


@contextmanager
def connected_to(pid: int, among: list[int], service: RunningService) -> Generator[Connection]:
    """Connects while all but one of the workers are held."""
    others = [other for other in among if other != pid]
    connection = http.client.HTTPConnection("127.0.0.1", int(service.base_url.rpartition(":")[2]), timeout=PATIENCE)
    for other in others:
        os.kill(other, signal.SIGSTOP)
    try:
        assert send(connection, "GET", "/health/live")[0] == 200
    finally:
        for other in others:
            os.kill(other, signal.SIGCONT)
    try:
        yield connection
    finally:
        connection.close()


def send(connection: Connection, method: str, path: str, body: object = None) -> tuple[int, Any]:
    connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read() or b"null")


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_schema_that_one_worker_is_given_holds_for_the_others_at_once(connections: list[Connection]) -> None:
    one, other = connections
    record = {"collection": "plants", "payload": {"height": 1}}

    statuses: list[int] = []
    for kind in ("integer", "string", "integer"):
        schema = {"properties": {"height": {"type": kind}}}
        assert send(one, "PUT", "/collections/plants", {"schema": schema})[0] in {200, 201}
        statuses.append(send(other, "POST", "/records", record)[0])

    assert statuses == [201, 409, 201]


def test_followers_of_any_worker_get_the_changes_made_through_all(connections: list[Connection]) -> None:
    answers: list[http.client.HTTPResponse] = []
    for follower in connections:
        follower.request("GET", "/changes?collection=news", headers={"Accept": "text/event-stream"})
        answers.append(follower.getresponse())
    host, port = connections[0].host, connections[0].port

    made: list[str] = []
    for _ in range(6):
        writer = http.client.HTTPConnection(host, port, timeout=PATIENCE)
        made.append(send(writer, "POST", "/records", {"collection": "news", "payload": 1})[1]["id"])
        writer.close()

    for answer in answers:
        got: list[str] = []
        while len(got) < len(made):
            line = answer.fp.readline().decode()
            if line.startswith("data: "):
                got.append(json.loads(line.removeprefix("data: "))["record_id"])
        assert got == made


def test_metrics_tell_of_all_workers(service: RunningService, connections: list[Connection]) -> None:
    def answered() -> dict[str, float]:
        lines = httpx2.get(f"{service.base_url}/metrics").text.splitlines()
        return {
            worker: sum(float(line.rpartition(" ")[2]) for line in lines if counts(line, worker))
            for worker in ("1", "2")
        }

    def counts(line: str, worker: str) -> bool:
        head = 'datastore_http_requests_total{method="GET",route="/health/live"'
        return line.startswith(head) and f'worker="{worker}"' in line

    before = answered()
    for connection in connections:
        for _ in range(3):
            send(connection, "GET", "/health/live")

    assert {worker: number - before[worker] for worker, number in answered().items()} == {"1": 3, "2": 3}


def test_a_worker_that_dies_is_replaced_and_nothing_acknowledged_is_lost(service: RunningService) -> None:
    before = workers(service)
    acknowledged: list[str] = []

    def write(count: int) -> None:
        with httpx2.Client(base_url=service.base_url, timeout=PATIENCE) as client:
            for number in range(count):
                # Who was connected to the one that died connects to another.
                with suppress(httpx2.TransportError):
                    answer = client.post("/records", json={"collection": "kept", "payload": number})
                    acknowledged.append(answer.raise_for_status().json()["id"])

    with ThreadPoolExecutor(8) as pool:
        writing = [pool.submit(write, 50) for _ in range(8)]
        wait_until(lambda: len(acknowledged) > 50)
        os.kill(before[0], signal.SIGKILL)
        for each in writing:
            each.result()

    wait_until(lambda: len(workers(service)) == 2)
    assert before[0] not in workers(service)
    wait_until(lambda: httpx2.get(f"{service.base_url}/metrics").text.count("\nprocess_start_time_seconds{") == 2)
    with httpx2.Client(base_url=service.base_url, timeout=PATIENCE) as client:
        found = {client.get(f"/records/{record_id}").status_code for record_id in acknowledged}
    assert (found, len(acknowledged) > 300) == ({200}, True)


def test_sigterm_lets_all_workers_finish(folder: Path) -> None:
    with two(folder) as service:
        assert service.welcome.count("ready at") == 1
        pids = workers(service)
        body, sockets = b'{"payload": 1}', [connected_to(pid, pids, service) for pid in pids]
        with ExitStack() as stack:
            under_way = [stack.enter_context(each) for each in sockets]
            for each in under_way:
                each.putrequest("POST", "/records")
                each.putheader("Content-Type", "application/json")
                each.putheader("Content-Length", str(len(body)))
                each.putheader("Expect", "100-continue")
                each.endheaders()
                # The service asks for the body: so the request is under way.
                assert each.sock.recv(100).startswith(b"HTTP/1.1 100 ")
            service.process.send_signal(signal.SIGTERM)
            wait_until(lambda: httpx2.get(f"{service.base_url}/health/ready").status_code == 503)
            for each in under_way:
                each.send(body)
            statuses = [each.getresponse().status for each in under_way]

        assert statuses == [201, 201]
        assert service.process.wait(timeout=PATIENCE) == 128 + signal.SIGTERM
        assert service.process.stdout is not None
        assert service.process.stdout.read().count("Stopped.") == 1
        assert workers(service) == []


def test_workers_end_with_who_started_them(folder: Path) -> None:
    with two(folder, "server.shutdown_timeout=1") as service:
        pids = workers(service)

        service.process.kill()

        service.process.wait(timeout=PATIENCE)
        for pid in pids:
            wait_until(lambda pid=pid: not alive(pid))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Whom nobody waits for is there until somebody does.
    return "Z" not in subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout  # noqa: PLW1510


def test_what_keeps_workers_from_starting_is_said_once(folder: Path) -> None:
    mistake = "graphql.trusted_documents=/nowhere/documents.json"
    command = [sys.executable, "-m", "datastore_service", "serve", "--workers", "2", "server.port=0", mistake]

    ended = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True, timeout=PATIENCE)

    assert (ended.returncode, ended.stdout, len(ended.stderr.splitlines())) == (1, "", 1)
    assert "/nowhere/documents.json" in ended.stderr
