"""What serves: one of several processes on the same socket."""

import asyncio
import signal
import socket
from functools import partial
from typing import Final

import uvloop
from fastapi import FastAPI

from datastore_service.api.edge.connection import protocol_within
from datastore_service.api.routes.metrics import metrics_of
from datastore_service.config.logs import configure_logging
from datastore_service.database import StartupError
from datastore_service.main import create_app
from datastore_service.server import Server, look_for_garbage_seldom
from datastore_service.workers.channel import Channel, MessageType
from datastore_service.workers.worker_config import WorkerConfig

_FAILED: Final = 1


def work(listening: int, end: int) -> int:
    """Serves until a signal ends it, or the process that started it is gone.

    Args:
        listening: The descriptor of the socket that clients connect to.
        end: That of its end of the line to the process that has started it.

    Returns:
        The exit status.
    """
    with socket.socket(fileno=listening) as clients, socket.socket(fileno=end) as own_end:
        return asyncio.run(_Worker().work(clients, own_end), loop_factory=uvloop.new_event_loop)


class _Worker:
    def __init__(self) -> None:
        self._number = 0
        self._application: FastAPI | None = None

    async def work(self, clients: socket.socket, end: socket.socket) -> int:
        async with Channel.on(end, self._hear) as line:
            post = WorkerConfig.unpack(await line.request(MessageType.POST))
            configure_logging(post.settings.observability)
            try:
                await self._serve(post, clients, line)
            except StartupError as error:
                await line.request(MessageType.FAILED, str(error))
                return _FAILED
        return 0

    async def _serve(self, post: WorkerConfig, clients: socket.socket, line: Channel) -> None:
        settings = post.settings
        self._number = post.number
        self._application = create_app(settings, address=post.address)
        self._application.state.tell_metrics = partial(line.request, MessageType.METRICS)
        server = Server(
            self._application,
            lifecycle=self._application.state.lifecycle,
            protocol=protocol_within(
                settings.limits, self._application.state.capacity, keep_alive_seconds=settings.server.keep_alive_seconds
            ),
            shares_socket=True,
            shutdown_timeout=settings.server.shutdown_timeout,
            max_message_bytes=settings.limits.body_bytes,
            shutdown_delay=settings.server.shutdown_delay,
            on_ready=lambda: _ready(line),
        )
        following = asyncio.create_task(_end_after(line, server), name="end after the line")
        try:
            await server.serve([clients])
        except asyncio.CancelledError:
            if server.ended_by is None:
                raise
        finally:
            following.cancel()

    async def _hear(self, what: MessageType, details: str) -> str:
        if what == MessageType.METRICS and self._application is not None:
            return await metrics_of(self._application.state, details, worker=str(self._number))
        return ""


def _ready(line: Channel) -> None:
    look_for_garbage_seldom()
    line.send(MessageType.READY)


async def _end_after(line: Channel, server: Server) -> None:
    """Ends the server when its supervisor is gone, which would replace or end it."""
    await line.close()
    server.handle_exit(signal.SIGTERM, None)
