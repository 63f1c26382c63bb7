"""Connections that are lent out."""

import asyncio
from typing import Any, cast

import asyncpg
import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from datastore_service.infrastructure.database.engine import connections as module
from datastore_service.infrastructure.database.engine.connections import Connections


class FakeConnection:
    def __init__(self) -> None:
        self.ended: str | None = None

    def is_closed(self) -> bool:
        return self.ended is not None

    def terminate(self) -> None:
        self.ended = self.ended or "cut off"

    async def close(self) -> None:
        self.ended = "closed"


class Server:
    """Opens connections, unless it is away."""

    def __init__(self) -> None:
        self.opened: list[FakeConnection] = []
        self.is_away = False

    async def connect(self) -> Any:  # noqa: ANN401 - it stands for asyncpg's
        await asyncio.sleep(0)
        if self.is_away:
            raise ConnectionRefusedError
        self.opened.append(FakeConnection())
        return self.opened[-1]


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def held(server: Server) -> Connections:
    return Connections(server.connect, most=2, patience=0.05)


async def lent(held: Connections) -> FakeConnection:
    return cast("FakeConnection", await held.lend())


def give_back(held: Connections, connection: FakeConnection, *, usable: bool = True) -> None:
    held.take_back(cast("Any", connection), usable=usable)


async def test_lends_what_came_back_last(held: Connections, server: Server) -> None:
    first, second = await lent(held), await lent(held)
    assert (held.open, held.in_use) == (2, 2)
    give_back(held, second)
    give_back(held, first)

    assert await lent(held) is first
    assert (held.open, held.in_use) == (2, 1)
    assert len(server.opened) == 2


async def test_opens_no_more_than_it_may(held: Connections) -> None:
    first, _ = await lent(held), await lent(held)
    with pytest.raises(PoolTimeoutError):
        await held.lend()
    waiting = asyncio.ensure_future(held.lend())
    await asyncio.sleep(0)
    assert held.waiting == 1

    give_back(held, first)

    assert cast("Any", await waiting) is first
    assert held.waiting == 0


async def test_who_gives_up_waiting_keeps_nothing(held: Connections) -> None:
    first, second = await lent(held), await lent(held)
    waiting = asyncio.ensure_future(held.lend())
    await asyncio.sleep(0)

    give_back(held, first)
    waiting.cancel()
    await asyncio.wait([waiting])
    give_back(held, second)

    assert held.in_use == 0
    assert {await lent(held), await lent(held)} == {first, second}


@pytest.mark.parametrize("usable", [True, False])
async def test_replaces_what_died(held: Connections, usable: bool) -> None:
    dead = await lent(held)
    if usable:
        dead.ended = "by the server"
    give_back(held, dead, usable=usable)

    assert dead.is_closed()
    assert await lent(held) is not dead
    assert held.open == 1


async def test_a_server_that_is_away_takes_up_no_place(held: Connections, server: Server) -> None:
    server.is_away = True
    for _ in range(3):
        with pytest.raises(ConnectionRefusedError):
            await held.lend()
    server.is_away = False

    assert (await lent(held), held.in_use) == (server.opened[0], 1)


async def test_replaces_all_that_were_open_once_they_expire(held: Connections) -> None:
    at_hand, out = await lent(held), await lent(held)
    give_back(held, at_hand)

    held.expire()
    give_back(held, out)
    found = {await lent(held), await lent(held)}

    assert not found & {at_hand, out}
    assert at_hand.is_closed()
    assert out.is_closed()


@pytest.mark.parametrize("limit", ["_LONGEST_IDLE", "_LONGEST_LIFE"])
async def test_keeps_nothing_for_too_long(held: Connections, limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = await lent(held), await lent(held)
    give_back(held, first)
    monkeypatch.setattr(module, limit, -1)

    give_back(held, second)

    assert not {await lent(held), await lent(held)} & {first, second}
    assert first.is_closed()
    assert second.is_closed()


async def test_closes_all(held: Connections) -> None:
    at_hand, out = await lent(held), await lent(held)
    give_back(held, at_hand)

    closing = asyncio.ensure_future(held.close())
    await asyncio.sleep(0)
    give_back(held, out)
    await closing

    assert (at_hand.ended, out.ended) == ("closed", "cut off")
    with pytest.raises(asyncpg.InterfaceError):
        await held.lend()


async def test_cuts_off_what_does_not_come_back(held: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SECONDS_TO_CLOSE", 0.01)
    at_hand, out = await lent(held), await lent(held)
    give_back(held, at_hand)

    await held.close()

    assert at_hand.is_closed()
    assert out.is_closed()
