"""Measures the service and its rivals in turn: `just bench`, with `--peers` for PostGraphile and Kinto as well.

All share one PostgreSQL, with a database for each. They are asked one after the other, round by round, so that
whatever else the machine does is shared by all; only ratios of one run mean anything. Each answer is looked at.
"""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from itertools import product
from pathlib import Path
from typing import Final

from bench.rates.contenders import CASES, Case, Contender, Server
from bench.rates.load import Load, has_wrk
from bench.rates.peers import kinto, postgraphile
from bench.rates.pgbench import pgbench
from bench.rates.plain import plain
from bench.rates.processes import cpu_seconds, peak_megabytes
from bench.rates.report import Sample, figures, goals, ratios
from bench.rates.service import filled, service
from datastore_service.infrastructure.embedded import embedded_postgres

_CONNECTIONS: Final = 250
"""As many as all contenders hold at the same time, pgbench's clients among them."""


@asynccontextmanager
async def contenders(folder: Path, *, with_peers: bool) -> AsyncGenerator[tuple[int, Sequence[Contender]]]:
    """Starts everything, and yields PostgreSQL's process and the contenders, ours first."""
    async with AsyncExitStack() as stack:
        url = (await stack.enter_async_context(embedded_postgres(folder / "data", connections=_CONNECTIONS))).replace(
            "+asyncpg", ""
        )
        server = Server(url, folder)
        postmaster = await server.process()
        ours = await filled(server, "ours")
        found = [
            await stack.enter_async_context(service(server, ours)),
            pgbench(server, await filled(server, "pgbench")),
            await stack.enter_async_context(plain(server, ours)),
        ]
        if with_peers:
            for name, peer in (("PostGraphile", postgraphile), ("Kinto", kinto)):
                if contender := await _peer(stack, name, peer(server, ours)):
                    found.append(contender)
        yield postmaster, found


async def _peer(stack: AsyncExitStack, name: str, peer: AbstractAsyncContextManager[Contender]) -> Contender | None:
    try:
        return await stack.enter_async_context(peer)
    except (OSError, RuntimeError) as error:
        print(f"NOT MEASURED: {name}, which cannot be had here. {error}")
        return None


async def sample(load: Load, contender: Contender, postmaster: int, connections: int, seconds: int) -> Sample:
    """Loads one contender, and tells what it took."""
    pids = [pid for pid in (contender.pid, postmaster) if pid is not None]
    before = sum(cpu_seconds(pid) for pid in pids)
    rate = await load.run(connections, seconds)
    return Sample(rate, sum(cpu_seconds(pid) for pid in pids) - before)


async def measured(
    found: Sequence[Contender], postmaster: int, arguments: argparse.Namespace
) -> Mapping[tuple[Case, int, str], Sequence[Sample]]:
    """Asks the contenders in turn."""
    samples: dict[tuple[Case, int, str], list[Sample]] = {}
    for connections, case in product(arguments.connections, CASES):
        if arguments.cases and case.name not in arguments.cases:
            continue
        able = [(contender, contender.loads[case]) for contender in found if case in contender.loads]
        for _, load in able:
            # What is done for the first time is not measured.
            await load.run(connections, 1)
        for _, (contender, load) in product(range(arguments.rounds), able):
            taken = await sample(load, contender, postmaster, connections, arguments.seconds)
            samples.setdefault((case, connections, contender.name), []).append(taken)
        print(f"{case.name}, {case.door}, {connections} connections: done", file=sys.stderr)
    return samples


async def run(arguments: argparse.Namespace) -> None:
    """Starts the contenders, and prints the tables."""
    with tempfile.TemporaryDirectory(prefix="datastore-bench-") as name:
        async with contenders(Path(name), with_peers=arguments.peers) as (postmaster, found):
            samples = await measured(found, postmaster, arguments)
            memory = {each.name: peak_megabytes(each.pid) for each in found if each.pid is not None}
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load by {'wrk' if has_wrk() else 'Python'};")
    print(f"medians of {arguments.rounds} rounds of {arguments.seconds} s\n")
    others = [each.name for each in found[1:]]
    for table in (ratios(samples, arguments.connections, others), goals(samples), figures(samples)):
        print("\n".join(table), end="\n\n")
    print("Peak memory:", ", ".join(f"{name} {megabytes:.0f} MB" for name, megabytes in memory.items()))


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(prog="just bench", description=__doc__)
    parser.add_argument("--peers", action="store_true", help="measure PostGraphile and Kinto as well")
    parser.add_argument("--quick", action="store_true", help="three rounds of a second")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="how long each load takes")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--cases", nargs="+", choices=sorted({case.name for case in CASES}), help="only these")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds = 3, 1
    asyncio.run(run(arguments))


if __name__ == "__main__":
    main()
