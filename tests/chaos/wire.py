"""The wire between the service and PostgreSQL, which a test can cut."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

_PIECE: Final = 65536


class Wire:
    """Passes on what is sent between its TCP port and the socket of PostgreSQL."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._connections: set[asyncio.StreamWriter] = set()
        self._swallowed: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def url(self) -> str:
        """What to give the service as DATABASE_URL."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/datastore"

    @property
    def in_use(self) -> bool:
        """Whether there are connections."""
        return bool(self._connections)

    def cut(self) -> None:
        """Breaks all connections off in the middle of whatever is under way."""
        for writer in list(self._connections):
            writer.transport.abort()

    def swallow(self) -> None:
        """Drops from now on what comes over the connections that there are, and says nothing of it to either end.

        New connections work. So it is where a firewall has lost its state.
        """
        self._swallowed |= self._connections

    def passing(self, piece: bytes) -> bytes:
        """Returns what is passed on of a piece that was sent, either way."""
        return piece

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection until either end, or the test, closes it."""
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_unix_connection(str(self._socket))
            ends = {writer, far_writer}
            self._connections |= ends
            try:
                await asyncio.wait(
                    [
                        asyncio.create_task(self._pass_on(reader, far_writer)),
                        asyncio.create_task(self._pass_on(far_reader, writer)),
                    ]
                )
            finally:
                self._connections -= ends
                self._swallowed -= ends
        writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE):
                if writer not in self._swallowed:
                    writer.write(self.passing(piece))
                    await writer.drain()
        writer.close()


@asynccontextmanager
async def a_wire(socket: Path, kind: type[Wire] = Wire) -> AsyncGenerator[Wire]:
    """Lays a wire until the context ends."""
    wire = kind(socket)
    server = await asyncio.start_server(wire.accept, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        wire.cut()
        await server.wait_closed()
