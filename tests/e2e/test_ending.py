"""What clients see of a service that is told to stop."""

import http.client
import signal
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import RunningService, serving

BODY = b'{"payload": 1}'


@pytest.fixture
def ending(folder: Path) -> Generator[RunningService]:
    with serving(folder) as service:
        yield service


@contextmanager
def connected(service: RunningService) -> Generator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", int(service.base_url.rpartition(":")[2]), timeout=20)
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
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
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
        for _ in range(100):
            if get(kept, "/health/ready").status == 503:
                break
            time.sleep(0.1)

        ready = httpx.get(f"{service.base_url}/health/ready")
        assert ready.json()["checks"]["service"] == "The service is about to shut down."
        assert get(kept, "/records").status == 200

        # A second signal cuts the delay short.
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(timeout=20) == 128 + signal.SIGTERM
