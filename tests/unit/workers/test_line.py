import asyncio
import socket

import pytest

from datastore_service.workers.line import Line, LineCut, Word


async def echo(what: Word, details: str) -> str:
    return f"{what}: {details}"


async def nothing(_what: Word, _details: str) -> str:
    return ""


async def test_both_ends_ask_and_each_gets_its_own_answers() -> None:
    one, other = socket.socketpair()
    async with Line.on(one, echo) as here, Line.on(other, echo) as there:
        asked = [line.ask(Word.METRICS, f"{number}\n") for number in range(3) for line in (here, there)]

        answers = await asyncio.gather(*asked)

    assert answers == ["metrics: 0\n", "metrics: 0\n", "metrics: 1\n", "metrics: 1\n", "metrics: 2\n", "metrics: 2\n"]


async def test_what_is_told_is_heard() -> None:
    heard = asyncio.Queue[tuple[Word, str]]()

    async def hear(what: Word, details: str) -> str:
        await heard.put((what, details))
        return ""

    one, other = socket.socketpair()
    async with Line.on(one, nothing) as here, Line.on(other, hear):
        here.tell(Word.READY)

        assert await heard.get() == (Word.READY, "")


async def test_who_waits_for_an_answer_learns_that_nobody_is_there() -> None:
    one, other = socket.socketpair()
    async with Line.on(one, nothing) as here:
        asking = asyncio.create_task(here.ask(Word.METRICS))
        await asyncio.sleep(0)
        other.close()

        with pytest.raises(LineCut):
            await asking
        await here.cut()
        with pytest.raises(LineCut):
            await here.ask(Word.METRICS)
