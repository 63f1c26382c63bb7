import asyncio
import socket

import pytest

from datastore_service.workers.channel import Channel, ChannelClosed, MessageType


async def echo(what: MessageType, details: str) -> str:
    return f"{what}: {details}"


async def nothing(_what: MessageType, _details: str) -> str:
    return ""


async def test_both_ends_ask_and_each_gets_its_own_answers() -> None:
    one, other = socket.socketpair()
    async with Channel.on(one, echo) as here, Channel.on(other, echo) as there:
        asked = [line.request(MessageType.METRICS, f"{number}\n") for number in range(3) for line in (here, there)]

        answers = await asyncio.gather(*asked)

    assert answers == ["metrics: 0\n", "metrics: 0\n", "metrics: 1\n", "metrics: 1\n", "metrics: 2\n", "metrics: 2\n"]


async def test_what_is_told_is_heard() -> None:
    heard = asyncio.Queue[tuple[MessageType, str]]()

    async def hear(what: MessageType, details: str) -> str:
        await heard.put((what, details))
        return ""

    one, other = socket.socketpair()
    async with Channel.on(one, nothing) as here, Channel.on(other, hear):
        here.send(MessageType.READY)

        assert await heard.get() == (MessageType.READY, "")


async def test_who_waits_for_an_answer_learns_that_nobody_is_there() -> None:
    one, other = socket.socketpair()
    async with Channel.on(one, nothing) as here:
        asking = asyncio.create_task(here.request(MessageType.METRICS))
        await asyncio.sleep(0)
        other.close()

        with pytest.raises(ChannelClosed):
            await asking
        await here.close()
        with pytest.raises(ChannelClosed):
            await here.request(MessageType.METRICS)
