"""How the cost of queries grows with the store: `just bench-scale`.

Stores of several sizes are served side by side. Each question is put to one after the other, again and again, so that
whatever else the machine does is shared by all; what is compared are the medians of one run.
"""

import argparse
import asyncio
import http.client
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import quote

import asyncpg

from bench.stores import AGES, COLLECTION, fill, record_id, served
from datastore_service.config.loader import load_settings
from datastore_service.database import migrate
from datastore_service.infrastructure.embedded import embedded_postgres

DEEP: Final = 1_000
BOUND: Final = 1.5
_INDEXED: Final = "payload.age"


@dataclass(frozen=True, slots=True)
class Store:
    """A store that is served.

    Attributes:
        size: How many records it has.
        client: A connection to its service.
        deep: The address of its page that is `DEEP` pages deep.
    """

    size: int
    client: http.client.HTTPConnection
    deep: str

    def ask(self, method: str, address: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Returns the answer to a request."""
        return ask(self.client, method, address, body)


class Refused(RuntimeError):
    """The service does not answer a question."""


type Question = Callable[[Store, int], Any]


def ask(client: http.client.HTTPConnection, method: str, address: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    """Returns the answer to a request; it is no refusal.

    Raises:
        Refused: It is one.
    """
    content = None if body is None else json.dumps(body)
    client.request(method, address, content, {"Content-Type": "application/json"})
    answer = client.getresponse()
    text = answer.read()
    if answer.status >= http.HTTPStatus.BAD_REQUEST:
        raise Refused(f"{method} {address}: {answer.status} {text.decode()}")
    return json.loads(text)


def _get(store: Store, turn: int) -> Any:  # noqa: ANN401 - JSON
    return store.ask("GET", f"/records/{record_id(turn * 7919 % store.size)}")


def _first_page(store: Store, _turn: int) -> Any:  # noqa: ANN401 - JSON
    return store.ask("GET", f"/records?collection={COLLECTION}&limit=10")


def _deep_page(store: Store, _turn: int) -> Any:  # noqa: ANN401 - JSON
    return store.ask("GET", store.deep)


def _filtered(store: Store, turn: int) -> Any:  # noqa: ANN401 - JSON
    wanted = quote(f"filter[{_INDEXED}]")
    return store.ask("GET", f"/records?collection={COLLECTION}&{wanted}={turn % AGES}&limit=10")


def _search(store: Store, _turn: int) -> Any:  # noqa: ANN401 - JSON
    return store.ask("GET", f"/records?collection={COLLECTION}&q=kadan+lolin&limit=10")


def _tagged(store: Store, _turn: int) -> Any:  # noqa: ANN401 - JSON
    return store.ask("GET", f"/records?collection={COLLECTION}&tag=rare&limit=10")


def _latest(store: Store, _turn: int) -> Any:  # noqa: ANN401 - JSON
    return store.ask("GET", f"/records?collection={COLLECTION}&sort=-updated_at&limit=10")


def _aggregate(store: Store, _turn: int) -> Any:  # noqa: ANN401 - JSON
    mean = {"function": "avg", "field": "payload.age"}
    body = {"collection": COLLECTION, "group_by": ["payload.city"], "measures": {"mean": mean}}
    return store.ask("POST", "/records/aggregate", body)


QUESTIONS: Final[Mapping[str, tuple[Question, bool]]] = {
    "get by id": (_get, True),
    "first page": (_first_page, True),
    f"page {DEEP:,} by cursor": (_deep_page, True),
    f"filter on {_INDEXED}, indexed": (_filtered, True),
    "latest by updated_at": (_latest, False),
    "filter by a rare tag": (_tagged, False),
    "search": (_search, False),
    "aggregate": (_aggregate, False),
}
"""Each question, and whether its cost may grow by no more than `BOUND`."""


async def run(sizes: Sequence[int], rounds: int, skipped: Sequence[str]) -> bool:
    """Makes the stores, asks them, prints what it took, and tells whether the bound holds."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="datastore-bench-")))
        url = (await stack.enter_async_context(embedded_postgres(folder / "data"))).replace("+asyncpg", "")
        stores = [await _store(stack, folder, url, size) for size in sizes]
        taken = await asyncio.to_thread(_measured, stores, rounds, skipped)
    return _told(taken, sizes)


async def _store(stack: AsyncExitStack, folder: Path, url: str, size: int) -> Store:
    began = time.perf_counter()
    admin = await asyncpg.connect(url)
    await admin.execute(f"CREATE DATABASE scale_{size}")
    await admin.close()
    path, _, query = url.partition("?")
    address = f"{path.rpartition('/')[0]}/scale_{size}" + (f"?{query}" if query else "")
    await migrate(load_settings([], {"DATABASE_URL": address}))
    await fill(address, size)
    filled = time.perf_counter()
    client = http.client.HTTPConnection(stack.enter_context(served(folder, address)))
    await asyncio.to_thread(_indexed, client)
    print(f"{size:>9,} records: filled in {filled - began:.0f} s, indexed in {time.perf_counter() - filled:.0f} s")
    deep = await asyncio.to_thread(_deep_address, client)
    # Opened anew by the next request: the service does not keep what is idle while other stores are filled.
    client.close()
    return Store(size, client, deep)


def _indexed(client: http.client.HTTPConnection) -> None:
    index = f"/collections/{COLLECTION}/indexes/{_INDEXED}"
    state = ask(client, "PUT", index)["state"]
    while state == "building":
        time.sleep(0.1)
        state = ask(client, "GET", index)["state"]
    if state != "ready":
        raise RuntimeError("The index could not be built.")


def _deep_address(client: http.client.HTTPConnection) -> str:
    first = f"/records?collection={COLLECTION}&limit=10"
    address = first
    for _ in range(DEEP - 1):
        address = f"{first}&cursor={ask(client, 'GET', address)['next_cursor']}"
    return address


def _measured(stores: Sequence[Store], rounds: int, skipped: Sequence[str]) -> Mapping[str, Mapping[int, float]]:
    taken: dict[str, dict[int, list[float]]] = {}
    for name, (criteria, is_bounded) in QUESTIONS.items():
        if name in skipped:
            continue
        for store in stores:
            store.client.close()
        try:
            criteria(stores[0], 0)
        except Refused as refusal:
            if is_bounded:
                raise
            print(f"Not measured: {name}, which is refused ({refusal}).")
            continue
        times = taken[name] = {store.size: [] for store in stores}
        # What grows is slow in the large store, and a few times show it.
        for turn in range(rounds if is_bounded else max(5, rounds // 20)):
            for store in stores:
                began = time.perf_counter()
                criteria(store, turn)
                times[store.size].append(time.perf_counter() - began)
    return {
        name: {size: median(each[len(each) // 5 :]) for size, each in times.items()} for name, times in taken.items()
    }


def _told(taken: Mapping[str, Mapping[int, float]], sizes: Sequence[int]) -> bool:
    least, most = min(sizes), max(sizes)
    print("\n| query | " + " | ".join(f"{size:,}" for size in sizes) + " | growth |")
    print("|---" * (len(sizes) + 2) + "|")
    holds = True
    for name, times in taken.items():
        growth = times[most] / times[least]
        cells = " | ".join(f"{times[size] * 1000:.2f} ms" for size in sizes)
        print(f"| {name} | {cells} | {growth:.2f} |")
        holds = holds and not (QUESTIONS[name][1] and growth > BOUND)
    print(f"\nThe first four grow by at most {BOUND}: {'yes' if holds else 'NO'}.")
    return holds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--skip", nargs="+", default=[], choices=QUESTIONS)
    arguments = parser.parse_args()
    raise SystemExit(not asyncio.run(run(arguments.sizes, arguments.rounds, arguments.skip)))
