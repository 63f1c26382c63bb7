import asyncio
import resource
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from signal import SIGINT, SIGTERM, Signals, raise_signal

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from datastore_service.config.settings import ServerSettings
from datastore_service.server import ListenError, Server, allow_many_connections, listen, url_of

pytestmark = pytest.mark.slow


def address(host: str, port: int = 0) -> ServerSettings:
    return ServerSettings(
        host=host,
        port=port,
        workers=1,
        shutdown_timeout=1,
        shutdown_delay=0,
        keep_alive_seconds=75,
        compress=True,
        allowed_hosts=(),
        cors_origins=(),
        cors_headers=(),
        trusted_proxies=(),
        root_path="",
        cursor_key=None,
    )


@dataclass
class Service:
    """An application that keeps a diary, and does something while it starts."""

    while_starting: Callable[[], object] = lambda: None
    pause: bool = True
    diary: list[str] = field(default_factory=list[str])

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncGenerator[None]:
        self.diary.append("starts")
        try:
            self.while_starting()
            if self.pause:
                await asyncio.sleep(0)
            yield
        finally:
            self.diary.append("ends")

    def run(self, on_ready: Callable[[], object]) -> Signals | None:
        def ready() -> None:
            self.diary.append("is ready")
            on_ready()

        app = Starlette(lifespan=self.lifespan)
        with listen(address("127.0.0.1")) as listening:
            return Server(app, shutdown_timeout=1, on_ready=ready).run_until_signal(listening)


@pytest.mark.parametrize("ending", [SIGINT, SIGTERM])
def test_a_signal_ends_the_service_in_order(ending: Signals) -> None:
    service = Service()

    ended_by = service.run(on_ready=lambda: raise_signal(ending))

    assert ended_by is ending
    assert service.diary == ["starts", "is ready", "ends"]


@pytest.mark.parametrize("ending", [SIGINT, SIGTERM])
def test_a_signal_while_starting_does_not_wait(ending: Signals) -> None:
    service = Service(while_starting=lambda: raise_signal(ending))

    ended_by = service.run(on_ready=lambda: pytest.fail("has waited"))

    assert ended_by is ending
    assert service.diary == ["starts", "ends"]


def test_a_signal_between_starting_and_serving_ends_the_service_in_order() -> None:
    service = Service(while_starting=lambda: raise_signal(SIGINT), pause=False)

    ended_by = service.run(on_ready=lambda: raise_signal(SIGINT))

    assert ended_by is SIGINT
    assert service.diary == ["starts", "is ready", "ends"]


def test_signals_in_quick_succession_end_the_service_in_order() -> None:
    def mash() -> None:
        for _ in range(3):
            raise_signal(SIGINT)

    service = Service()

    assert service.run(on_ready=mash) is SIGINT
    assert service.diary == ["starts", "is ready", "ends"]


def test_an_error_of_the_lifespan_is_raised(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise LookupError("no database")

    service = Service(while_starting=fail)

    with pytest.raises(LookupError, match="no database"):
        service.run(on_ready=lambda: pytest.fail("has started"))

    assert service.diary == ["starts", "ends"]
    assert "no database" not in caplog.text


def test_restores_the_signal_handlers() -> None:
    Service().run(on_ready=lambda: raise_signal(SIGINT))

    with pytest.raises(KeyboardInterrupt):
        raise_signal(SIGINT)


def test_serves_until_the_running_request_is_done() -> None:
    tasks: set[asyncio.Task[httpx2.Response]] = set()

    async def interrupted(_request: Request) -> PlainTextResponse:
        raise_signal(SIGINT)
        await asyncio.sleep(0.15)
        return PlainTextResponse("done")

    async def get(url: str) -> httpx2.Response:
        async with httpx2.AsyncClient(trust_env=False) as client:
            return await client.get(url)

    app = Starlette(routes=[Route("/", interrupted)])
    with listen(address("127.0.0.1")) as listening:
        url = url_of(listening)
        server = Server(app, shutdown_timeout=5, on_ready=lambda: tasks.add(asyncio.ensure_future(get(url))))
        server.run_until_signal(listening)

    assert [task.result().text for task in tasks] == ["done"]


def test_a_second_signal_does_not_wait_for_the_running_request() -> None:
    diary: list[str] = []
    tasks: set[asyncio.Task[None]] = set()

    async def endless(_request: Request) -> PlainTextResponse:
        raise_signal(SIGINT)
        asyncio.get_running_loop().call_later(0.1, raise_signal, SIGINT)
        await asyncio.sleep(60)
        return PlainTextResponse("done")

    async def get(url: str) -> None:
        async with httpx2.AsyncClient(trust_env=False) as client:
            try:
                await client.get(url)
            finally:
                diary.append("gone")

    app = Starlette(routes=[Route("/", endless)])
    with listen(address("127.0.0.1")) as listening:
        url = url_of(listening)
        server = Server(app, shutdown_timeout=30, on_ready=lambda: tasks.add(asyncio.ensure_future(get(url))))
        ended_by = server.run_until_signal(listening)

    assert ended_by is SIGINT
    assert diary == ["gone"]


def test_names_the_setting_for_a_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(ListenError) as raised:
            listen(address("127.0.0.1", port))

    assert str(raised.value) == (
        f"Port {port} on 127.0.0.1 is in use; choose another with DATASTORE_PORT or server.port=NUMBER"
    )


def test_holds_the_port_from_the_beginning() -> None:
    with listen(address("127.0.0.1")) as first, pytest.raises(ListenError, match="is in use"):
        listen(address("127.0.0.1", first.getsockname()[1]))


@pytest.mark.parametrize("host", ["192.0.2.1", "no host", "x" * 64 + ".example", "nul\0"])
def test_names_the_setting_for_a_host_of_another_machine(host: str) -> None:
    with pytest.raises(ListenError, match=r"is no address of this machine; .* DATASTORE_HOST or server.host=HOST"):
        listen(address(host))


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "localhost"), ("0.0.0.0", "localhost"), ("::1", "[::1]")])  # noqa: S104 - as in a container
def test_shows_a_url_that_a_browser_here_can_open(host: str, shown: str) -> None:
    with listen(address(host)) as listening:
        assert url_of(listening) == f"http://{shown}:{listening.getsockname()[1]}"


def test_accepts_as_many_connections_as_the_system_allows() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        allow_many_connections()

        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
