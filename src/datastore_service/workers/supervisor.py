"""What starts the workers, replaces those that die, and ends them, with the embedded PostgreSQL around them."""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from time import monotonic
from typing import Final

from datastore_service.application.backoff import backoff
from datastore_service.config.settings import Settings
from datastore_service.config.signals import ending_signals
from datastore_service.infrastructure.database.engine.pools import most_connections
from datastore_service.infrastructure.embedded import EmbeddedPostgresError, embedded_postgres
from datastore_service.telemetry.exposition import merged
from datastore_service.workers.channel import Channel, ChannelClosed, MessageType
from datastore_service.workers.worker_config import WorkerConfig

_ADMINISTRATION: Final = 20
"""Connections of the embedded PostgreSQL beside those of the workers: for commands that go along with it."""
_FIRST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 5.0
"""The bounds of the pauses, in seconds, before a worker is replaced; they grow with each one that does not last."""
_LASTING: Final = 10.0
_SCRAPE_SECONDS: Final = 3.0
_CLOSING_SECONDS: Final = 10.0
"""How long a worker may take to end beyond what the settings give to its requests, before it is killed."""

_log = logging.getLogger(__name__)


class WorkersError(Exception):
    """The service cannot start; the message is one sentence for the user."""


class _Worker:
    """A process that serves."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.line: Channel | None = None
        self.problem: str | None = None

    async def metrics(self, accept: str) -> str:
        """Returns its metrics in a format that is accepted, or nothing if it cannot tell them in time."""
        try:
            async with asyncio.timeout(_SCRAPE_SECONDS):
                return await self.line.request(MessageType.METRICS, accept) if self.line else ""
        except (ChannelClosed, TimeoutError):
            return ""

    def end(self) -> None:
        """Has it end; asked again, it waits for nothing."""
        with suppress(ProcessLookupError):
            self.process.terminate()

    def kill(self) -> None:
        """Ends it at once."""
        with suppress(ProcessLookupError):
            self.process.kill()

    @property
    def ending(self) -> str:
        """How it has ended."""
        status = self.process.returncode or 0
        return f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"


class Supervisor:
    """Runs so many workers on one socket until a signal ends them; a second one has them wait for nothing."""

    def __init__(self, settings: Settings, listening: socket.socket, on_ready: Callable[[], None]) -> None:
        self._settings = settings
        self._listening = listening
        self._on_ready = on_ready
        self._ended_by: signal.Signals | None = None
        self._starting: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()
        self._awaited = set[int]()
        self._migrated = asyncio.Event()
        self._ready = asyncio.Event()
        self._workers: dict[int, _Worker] = {}
        self._keepers: list[asyncio.Task[None]] = []

    def run_until_signal(self) -> signal.Signals | None:
        """Serves, and returns the signal that ended it.

        Raises:
            WorkersError: The service cannot start.
        """
        try:
            asyncio.run(self._run())
        except asyncio.CancelledError:
            if self._ended_by is None:
                raise
        return self._ended_by

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in ending_signals():
            loop.add_signal_handler(number, self._end, number)
        self._starting = asyncio.current_task()
        async with AsyncExitStack() as stack:
            post = WorkerConfig(settings=self._settings, number=1, address=await self._database(stack))
            stack.push_async_callback(self._end_workers)
            await self._start(post)
            self._starting = None
            self._on_ready()
            await self._ending.wait()

    async def _database(self, stack: AsyncExitStack) -> str | None:
        database, workers = self._settings.database, self._settings.server.workers
        if database.url is not None:
            return None
        connections = workers * most_connections(database) + _ADMINISTRATION
        try:
            return await stack.enter_async_context(embedded_postgres(database.data_dir, connections=connections))
        except EmbeddedPostgresError as error:
            raise WorkersError(str(error)) from error

    async def _start(self, post: WorkerConfig) -> None:
        numbers = range(1, self._settings.server.workers + 1)
        self._awaited = set(numbers)
        self._keepers = [asyncio.create_task(self._keep(post, number), name=f"worker {number}") for number in numbers]
        all_ready = asyncio.create_task(self._ready.wait())
        done, _ = await asyncio.wait([*self._keepers, all_ready], return_when=asyncio.FIRST_COMPLETED)
        all_ready.cancel()
        for task in done:
            await task

    async def _keep(self, post: WorkerConfig, number: int) -> None:
        """Has one worker after the other take the same place."""
        failures = 0
        while not self._ending.is_set():
            began = monotonic()
            worker = await self._employ(post, number)
            if self._ending.is_set():
                return
            if not self._ready.is_set():
                raise WorkersError(worker.problem or f"A worker ended {worker.ending} before it served.")
            reason = worker.problem or f"it ended {worker.ending}"
            _log.error("Worker %d (process %d) is replaced: %s", number, worker.process.pid, reason)
            if monotonic() - began > _LASTING:
                failures = 0
            failures += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), backoff(failures, first=_FIRST_WAIT, longest=_LONGEST_WAIT))

    async def _employ(self, post: WorkerConfig, number: int) -> _Worker:
        """Runs a worker to its end."""
        own, its = socket.socketpair()
        with its:
            worker = _Worker(await _begin(self._listening, its))

        async def hear(what: MessageType, details: str) -> str:
            match what:
                case MessageType.POST:
                    return await self._assign(post, number)
                case MessageType.READY:
                    self._served(number)
                case MessageType.FAILED:
                    worker.problem = details
                case MessageType.METRICS:
                    return await self._metrics(details)
            return ""

        async with Channel.on(own, hear) as worker.line:
            self._workers[number] = worker
            try:
                if self._ending.is_set():
                    worker.end()
                await worker.process.wait()
            finally:
                del self._workers[number]
        return worker

    async def _assign(self, post: WorkerConfig, number: int) -> str:
        """Returns what the worker has to do once it may begin: one migrates the database, and the others after it."""
        if number == post.number and not self._migrated.is_set():
            return post.pack()
        await self._migrated.wait()
        return post.behind(number).pack()

    def _served(self, number: int) -> None:
        self._migrated.set()
        self._awaited.discard(number)
        if not self._awaited:
            self._ready.set()

    async def _metrics(self, accept: str) -> str:
        workers = [worker for _, worker in sorted(self._workers.items())]
        return merged(await asyncio.gather(*(worker.metrics(accept) for worker in workers)))

    def _end(self, by: signal.Signals) -> None:
        self._ended_by = self._ended_by or by
        if self._ending.is_set():
            for worker in self._workers.values():
                worker.end()
        self._ending.set()
        if self._starting is not None:
            self._starting.cancel()
            self._starting = None

    async def _end_workers(self) -> None:
        self._starting = None
        self._ending.set()
        # As long as anybody has it open, clients connect to it.
        self._listening.close()
        for worker in self._workers.values():
            worker.end()
        server = self._settings.server
        patience = server.shutdown_delay + server.shutdown_timeout + _CLOSING_SECONDS
        _, late = await asyncio.wait(self._keepers, timeout=patience)
        for worker in self._workers.values():
            _log.error("Worker process %d does not end; it is killed", worker.process.pid)
            worker.kill()
        if late:
            await asyncio.wait(late)


async def _begin(listening: socket.socket, end: socket.socket) -> asyncio.subprocess.Process:
    descriptors = (listening.fileno(), end.fileno())
    return await asyncio.create_subprocess_exec(
        sys.executable,
        # What can be imported here can be there, and nothing else.
        "-P",
        "-m",
        "datastore_service.workers",
        *map(str, descriptors),
        stdin=asyncio.subprocess.DEVNULL,
        pass_fds=descriptors,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        # Ctrl-C is for this process, which tells each worker once.
        start_new_session=True,
    )
