"""What idle followers cost, and how soon a change reaches them all.

    uv run python bench/followers.py [HOW_MANY] [graphql]

It starts the service on an empty embedded PostgreSQL, measures it before anybody has asked it for anything, opens that
many streams to it, of GET /changes or of a GraphQL subscription, and makes a few records. The memory is that of the
service's process alone.
"""

import asyncio
import http.client
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_PORT = 18997
_RECORDS = 5
_PATHS = {False: "/changes", True: "/graphql?query=subscription{changes{cursor,operation,recordId,version,payload}}"}


def memory_of(process: subprocess.Popen[bytes]) -> float:
    """Returns the resident memory in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kilobytes) / 1024


def create_record() -> None:
    """Makes a record through the service."""
    connection = http.client.HTTPConnection("localhost", _PORT)
    connection.request("POST", "/records", json.dumps({"payload": {"n": 1}}), {"Content-Type": "application/json"})
    if connection.getresponse().status != http.HTTPStatus.CREATED:
        raise RuntimeError("The record was not made.")


async def ready() -> None:
    """Waits until the service answers."""
    for _ in range(300):
        try:
            _, writer = await asyncio.open_connection("localhost", _PORT)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise RuntimeError("The service does not start.")


async def follow(*, graphql: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Opens a stream, and returns it once it has begun."""
    reader, writer = await asyncio.open_connection("127.0.0.1", _PORT)
    request = f"GET {_PATHS[graphql]} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
    writer.write(request.encode())
    await reader.readuntil(b":\n\n" if graphql else b"retry:")
    return reader, writer


async def measure(process: subprocess.Popen[bytes], followers: int, *, graphql: bool) -> None:
    """Prints what was found out."""
    await ready()
    await asyncio.sleep(2)
    empty = memory_of(process)
    await asyncio.to_thread(create_record)
    streams = [await follow(graphql=graphql)]
    await asyncio.sleep(1)
    one = memory_of(process)
    start = time.perf_counter()
    while len(streams) < followers:
        streams += await asyncio.gather(*(follow(graphql=graphql) for _ in range(min(50, followers - len(streams)))))
    opened = time.perf_counter() - start
    await asyncio.sleep(2)
    idle = memory_of(process)
    delays: list[float] = []
    for _ in range(_RECORDS):
        arrivals = [asyncio.create_task(reader.readuntil(b"\ndata: ")) for reader, _ in streams]
        start = time.perf_counter()
        await asyncio.to_thread(create_record)
        await asyncio.gather(*arrivals)
        delays.append(time.perf_counter() - start)
        await asyncio.sleep(0.5)
    print(f"{followers} followers, opened in {opened:.1f} s")
    told = memory_of(process)
    print(f"memory: {empty:.0f} MB with nothing in it and nobody there, {one:.0f} MB with one follower")
    more = max(idle, told) - empty
    print(f"{idle:.0f} MB with all, {told:.0f} MB once they were told: {more:.0f} MB above the empty one")
    print("until a change has reached all:", ", ".join(f"{delay * 1000:.0f} ms" for delay in delays))
    for _, writer in streams:
        writer.close()


def main() -> None:
    """Starts the service, measures, and stops it."""
    followers = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="datastore-bench-") as folder:
        settings = {"DATASTORE_DATA_DIR": f"{folder}/data", "DATASTORE_PORT": str(_PORT)}
        environment = os.environ | settings | {"DATASTORE_LOG_LEVEL": "ERROR"}
        command = [sys.executable, "-m", "datastore_service", "serve"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - of our own making
            try:
                asyncio.run(measure(process, followers, graphql="graphql" in sys.argv))
            finally:
                process.terminate()


if __name__ == "__main__":
    main()
