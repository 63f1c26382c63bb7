"""A service that is treated badly: a process that can be killed and started again on the same data."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Final

import httpx2

from datastore_service.infrastructure.embedded.data_folder import DataFolder
from tests.measuring import UNCOUNTED
from tests.patience import PATIENCE

RECOVERED_WITHIN: Final = 30
"""Seconds in which a service is ready after what it lives on is there again, also on a busy machine."""


class Service:
    """A `datastore serve` in a folder of its own, where its log is and, unless it is given another, its PostgreSQL."""

    def __init__(self, folder: Path, database_url: str | None = None, settings: Sequence[str] = ()) -> None:
        self.data = DataFolder(folder / ".datastore")
        self.base_url = "http://127.0.0.1:1"
        self._folder = folder
        self._environment = {"DATASTORE_ACCESS_LOG": "false"} | ({"DATABASE_URL": database_url} if database_url else {})
        self._settings = settings
        self._log = folder / "service.log"
        self._log.touch()
        self._said = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What it has said in this scenario."""
        return self._log.read_text()[self._said :]

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.base_url.rpartition(":")[2])

    async def begin(self) -> None:
        """Has it run for a new scenario: starts it unless it runs, and forgets what it has said."""
        self._said = len(self._log.read_text())
        if self._process is None or self._process.poll() is not None:
            await self.start()
        await self.ready(PATIENCE)

    async def start(self) -> None:
        """Starts it, and waits until it is ready."""
        starts = len(self._ports_told())
        with self._log.open("ab") as log:
            self._process = self.command("serve", "server.port=0", *self._settings, output=log.fileno())
        deadline = time.monotonic() + PATIENCE
        while len(ports := self._ports_told()) == starts:
            assert self._process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            await asyncio.sleep(0.02)
        self.base_url = f"http://127.0.0.1:{ports[-1]}"

    def command(self, *arguments: str, output: int = subprocess.DEVNULL) -> "subprocess.Popen[bytes]":
        """Runs `datastore` in the same folder."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("DATASTORE_", "DATABASE_"))
        }
        # As many files as some systems let a process open to begin with; the service may raise that.
        few_files = ["sh", "-c", 'ulimit -S -n 256 && exec "$@"', "sh"]
        return subprocess.Popen(
            [*few_files, sys.executable, "-m", "datastore_service", *arguments],
            cwd=self._folder,
            env=inherited | UNCOUNTED | self._environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    def kill(self) -> None:
        """Ends it as a power cut does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def terminate(self) -> int:
        """Tells it to stop, and returns its exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self._process.wait, PATIENCE)

    async def stop(self) -> None:
        """Stops it if it runs."""
        if self._process is not None and self._process.poll() is None:
            await self.terminate()

    async def ready(self, within: float = RECOVERED_WITHIN) -> None:
        """Waits until it says that it is ready.

        Raises:
            AssertionError: It takes longer than so many seconds.
        """
        deadline = time.monotonic() + within
        answer: object = None
        async with httpx2.AsyncClient(base_url=self.base_url) as client:
            while time.monotonic() < deadline:
                with suppress(httpx2.TransportError):
                    response = await client.get("/health/ready")
                    if response.status_code == HTTPStatus.OK:
                        return
                    answer = response.text
                await asyncio.sleep(0.02)
        raise AssertionError(f"not ready within {within} s: {answer}\n{self.log}")

    @property
    def postmaster(self) -> int:
        """The process id of its own PostgreSQL."""
        return int((self.data.data / "postmaster.pid").read_text().splitlines()[0])

    def _ports_told(self) -> list[str]:
        return re.findall(r"Datastore is ready at \S+:(\d+)\n", self._log.read_text())


@asynccontextmanager
async def a_service(
    folder: Path, database_url: str | None = None, settings: Sequence[str] = ()
) -> AsyncGenerator[Service]:
    """Runs one until the context ends."""
    service = Service(folder, database_url, settings)
    try:
        await service.start()
        yield service
    finally:
        await service.stop()
