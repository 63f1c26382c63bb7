"""Does what wrk does with load.lua, for machines without wrk: `python -m bench.rates.client`."""

import asyncio
import sys
import time
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import cast, override

import uvloop


@dataclass(slots=True)
class Tally:
    """What is asked, what is to be answered, and what was."""

    requests: "cycle[bytes]"
    status: bytes
    beginning: bytes
    end: float
    times: list[float] = field(default_factory=list[float])
    wrong: int = 0
    example: str = ""

    def take(self, began: float, head: bytes, body: bytes) -> None:
        """Counts an answer."""
        self.times.append(time.perf_counter() - began)
        if head[9:12] != self.status or not body.startswith(self.beginning):
            self.wrong += 1
            self.example = repr(head[9:12] + b" " + body[:300])


class Connection(asyncio.Protocol):
    """Sends the next request as soon as the last one is answered."""

    def __init__(self, tally: Tally) -> None:
        self.over = asyncio.get_running_loop().create_future()
        self._tally = tally
        self._received = b""
        self._began = 0.0
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not an instance of it, with uvloop.
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if found and len(body) >= _length(head):
            self._tally.take(self._began, head, body)
            self._received = b""
            self._send()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self._tally.wrong += 1
            self._tally.example = "The connection was closed."
            self.over.set_result(None)

    def _send(self) -> None:
        self._began = time.perf_counter()
        if self._transport is not None and self._began < self._tally.end:
            self._transport.write(next(self._tally.requests))
        elif not self.over.done():
            self.over.set_result(None)


def _length(head: bytes) -> int:
    found = head.lower().partition(b"\r\ncontent-length:")[2]
    if not found:
        raise ValueError("Only answers with a Content-Length can be read here.")
    return int(found.partition(b"\r\n")[0])


async def main(address: str, connections: str, seconds: str, file: str, status: str, beginning: str) -> None:
    """Loads the address, and prints what came of it."""
    host, _, port = address.rpartition(":")
    requests = (await asyncio.to_thread(Path(file).read_bytes)).split(b"\0")[:-1]
    began = time.perf_counter()
    tally = Tally(cycle(requests), status.encode(), beginning.encode(), began + int(seconds))
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(lambda: Connection(tally), host, int(port)) for _ in range(int(connections))]
    await asyncio.gather(*(connection.over for _, connection in opened))
    taken = time.perf_counter() - began
    times = sorted(tally.times) or [0.0]
    quantiles = [times[len(times) * hundredth // 100] for hundredth in (50, 99)]
    numbers = [len(tally.times), *(round(each * 1e6) for each in (taken, *quantiles)), tally.wrong]
    print("RESULT", *numbers, tally.example)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
