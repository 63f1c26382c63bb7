"""Runs the application on uvicorn until a signal ends it."""

import asyncio
import errno
import gc
import math
import signal
import socket
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from threading import current_thread, main_thread
from types import FrameType
from typing import TYPE_CHECKING, Final, cast, override

import uvicorn

from datastore_service.application.lifecycle import Lifecycle, Phase
from datastore_service.config.settings import ServerSettings
from datastore_service.config.signals import ending_signals
from datastore_service.library_internals.uvicorn import WebSocketsSansIOProtocol

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from starlette.applications import Starlette

_BACKLOG: Final = 2048
_LAST_LOOK: Final = 0.2
_SECONDS_TO_CLOSE_SOCKETS: Final = 1.0
_OBJECTS_BEFORE_A_LOOK: Final = 20_000


class ListenError(Exception):
    """The address cannot be listened on; the message is one sentence for the user."""


def listen(settings: ServerSettings) -> socket.socket:
    """Opens the listening socket, before anything slow starts; who connects early waits in its backlog.

    Raises:
        ListenError: The port is in use or reserved, or the host is none of this machine's.
    """
    host, port = settings.host, settings.port
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address, family=family, backlog=_BACKLOG)
    except (OSError, ValueError) as error:
        another_port = "choose another with DATASTORE_PORT or server.port=NUMBER"
        match error:
            case OSError(errno=errno.EADDRINUSE):
                problem = f"Port {port} on {host} is in use; {another_port}"
            case OSError(errno=errno.EACCES):
                problem = f"Port {port} on {host} is reserved for privileged users; {another_port}"
            case _:
                problem = (
                    f"{host} is no address of this machine; choose another with DATASTORE_HOST or server.host=HOST"
                )
        raise ListenError(problem) from error


def allow_many_connections() -> None:
    """Raises the number of files that the process may have open to what it may be raised to; each connection is one."""
    if sys.platform != "win32":
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        # Where there is no limit, as on macOS, the kernel has one all the same, and takes no more than that.
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def look_for_garbage_seldom() -> None:
    """Has the collector pass over what is there by now, which stays, and come for rings of new objects (adr/0066)."""
    gc.freeze()
    gc.set_threshold(_OBJECTS_BEFORE_A_LOOK)
    gc.enable()


def _accepted(listening: socket.socket) -> list[socket.socket]:
    """Returns the connections that wait to be accepted."""
    waiting: list[socket.socket] = []
    listening.setblocking(False)
    with suppress(OSError):
        while True:
            waiting.append(listening.accept()[0])
    return waiting


def url_of(listening: socket.socket) -> str:
    """Returns the URL under which a browser on this machine reaches the socket."""
    host, port = listening.getsockname()[:2]
    address = ip_address(host)
    if address.is_unspecified or (address.is_loopback and address.version == 4):  # noqa: PLR2004 - the name of IPv4
        return f"http://localhost:{port}"
    return f"http://{f'[{host}]' if address.version == 6 else host}:{port}"  # noqa: PLR2004 - the name of IPv6


class Server(uvicorn.Server):
    """A uvicorn that enters the lifespan itself, so that what fails there is raised instead of logged.

    It listens meanwhile, so that the health endpoints answer while it waits for its database. A
    signal lets running requests finish. A second one, or one while the lifespan starts, does not wait (adr/0055).
    """

    def __init__(
        self,
        app: "Starlette",
        *,
        shutdown_timeout: int,
        max_message_bytes: int = 8 << 20,
        on_ready: Callable[[], None],
        lifecycle: Lifecycle | None = None,
        shutdown_delay: float = 0,
        protocol: type[asyncio.Protocol] | None = None,
        shares_socket: bool = False,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=protocol or "auto",
                lifespan="off",
                ws="websockets-sansio",
                ws_max_size=max_message_bytes,
                # A sliding window for each of thousands of quiet connections is memory for nothing.
                ws_per_message_deflate=False,
                log_config=None,
                access_log=False,
                server_header=False,
                # The application reads what proxies say, for it needs to know which of them has said it.
                proxy_headers=False,
                backlog=_BACKLOG,
                timeout_graceful_shutdown=shutdown_timeout,
            )
        )
        self.ended_by: signal.Signals | None = None
        self._app = app
        self._on_ready = on_ready
        self._lifecycle = lifecycle or Lifecycle()
        self._shutdown_timeout = shutdown_timeout
        self._shutdown_delay = shutdown_delay
        self._shares_socket = shares_socket
        self._listens = asyncio.Event()
        self._interrupt: Callable[[], object] = lambda: None
        self._waiting: asyncio.Task[object] | None = None

    def run_until_signal(self, listening: socket.socket) -> signal.Signals | None:
        """Serves, and returns the signal that ended it."""
        try:
            self.run(sockets=[listening])
        except asyncio.CancelledError:
            if self.ended_by is None:
                raise
        return self.ended_by

    @override
    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        # A signal arrives while the loop sleeps, so what it asks for has to wake it.
        self._interrupt = lambda: loop.call_soon_threadsafe(self._end)
        self._waiting = asyncio.current_task()
        self._lifecycle.start()
        with self.capture_signals():
            serving = asyncio.create_task(super().serve(sockets))
            try:
                async with self._app.router.lifespan_context(self._app):
                    self._waiting = None
                    # Otherwise the first request would wait for it.
                    self._app.middleware_stack = self._app.middleware_stack or self._app.build_middleware_stack()
                    await self._listens.wait()
                    self._lifecycle.open()
                    self._on_ready()
                    await serving
            finally:
                await self._close(serving)

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self._listens.set()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Goes on answering, with refusals, until what was under way is answered or the time is over."""
        self._waiting = asyncio.current_task()
        loop = asyncio.get_running_loop()
        end = loop.time() + self._shutdown_timeout
        with suppress(TimeoutError):
            async with asyncio.timeout_at(end):
                await self._lifecycle.drained()
        await self._listen_no_more(sockets or [])
        # A client that is connected may have sent a request that was not read yet: it is refused, and not cut off.
        await asyncio.sleep(_LAST_LOOK)
        self.config.timeout_graceful_shutdown = max(1, math.ceil(end - loop.time()))
        loop.call_later(_SECONDS_TO_CLOSE_SOCKETS, self._drop_sockets)
        await super().shutdown(sockets)
        self._waiting = None

    async def _listen_no_more(self, sockets: Sequence[socket.socket]) -> None:
        """Closes what it listens on, and takes over the connections that wait there, which would be reset."""
        waiting: list[socket.socket] = []
        for listening in sockets:
            if not self._shares_socket:
                # The kernel takes no more than one connection besides those that wait; clients try again, and are
                # refused then.
                listening.listen(0)
            waiting += _accepted(listening)
        for server in self.servers:
            server.close()
        loop = asyncio.get_running_loop()
        for connection in waiting:
            with suppress(OSError):
                await loop.connect_accepted_socket(self._new_protocol, connection)

    def _new_protocol(self) -> asyncio.Protocol:
        protocol = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        return protocol(config=self.config, server_state=self.server_state, app_state={})

    def _drop_sockets(self) -> None:
        """Drops the WebSockets whose clients have not taken the frame that closes them."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, WebSocketsSansIOProtocol):
                connection.transport.abort()

    @override
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Captures the signals that end the service; a SIGINT that the process was started to ignore is none."""
        ending = ending_signals()
        with super().capture_signals():
            if signal.SIGINT not in ending and current_thread() is main_thread():
                signal.signal(signal.SIGINT, signal.SIG_IGN)
            yield

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.ended_by = signal.Signals(sig)
        self._interrupt()

    def _end(self) -> None:
        """Begins to end; a second call cancels what waits, except for what opens or closes resources.

        Only the second signal cuts the delay short, in which load balancers learn of the end.
        """
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        elif self._shutdown_delay and self._lifecycle.phase is Phase.SERVING:
            self._lifecycle.leave()
            asyncio.get_running_loop().call_later(self._shutdown_delay, self._stop_serving)
            return
        self._stop_serving()

    def _stop_serving(self) -> None:
        self._lifecycle.end()
        self.should_exit = True

    async def _close(self, serving: asyncio.Task[None]) -> None:
        """Closes the sockets if the lifespan failed or was not started."""
        if not serving.done():
            self._stop_serving()
            await serving
