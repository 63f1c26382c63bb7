"""The feed on a real standby that is promoted without the last writes of its primary."""

import asyncio
import json
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from datastore_service.application.errors import CursorExpired, StoreUnavailable
from datastore_service.application.feed.ports.webhooks import WebhookSender
from datastore_service.application.feed.start_position import Edge, Since
from datastore_service.application.feed.subscription import Subscription
from datastore_service.application.feed.use_cases.follow_changes import FollowChanges
from datastore_service.application.feed.use_cases.get_consumer import GetConsumer
from datastore_service.application.feed.use_cases.put_consumer import PutConsumer
from datastore_service.application.feed.use_cases.put_webhook import PutWebhook
from datastore_service.application.feed.use_cases.read_changes import ReadChanges
from datastore_service.application.feed.webhook import WebhookRules
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.position import Position
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.bootstrap import Application, build_application
from datastore_service.config.loader import load_settings
from datastore_service.database import open_database
from datastore_service.domain.errors import DomainError
from datastore_service.infrastructure.embedded import embedded_postgres
from datastore_service.infrastructure.embedded.programs import find_programs
from datastore_service.main import create_app
from tests.api.sockets import connected
from tests.api.streams import opened as streamed
from tests.data_folders import copy
from tests.fakes.webhooks import Receivers

RULES = WebhookRules(allowed_hosts=("localhost",), first_delay_seconds=0.01)
LOST: Final = 40
URL: Final = "http://localhost:9000/hook"


class Pair:
    """A primary and its standby behind one address, as one has it from a proxy or a name that is switched over."""

    def __init__(self, folder: Path, primary: str, standby: str, stopping: AsyncExitStack) -> None:
        self._address = folder / ".s.PGSQL.5432"
        self._primary, self.standby = primary, standby
        self._stopping = stopping
        self.url = f"postgresql+asyncpg://postgres@/datastore?host={folder}&port=5432"
        self.lead_to(primary)

    async def cut_off_the_standby(self) -> None:
        """Lets nothing more reach the standby, once it has all that there is."""
        sent = await _scalar(self._primary, "SELECT CAST(pg_current_wal_lsn() AS text)")
        for _ in range(1200):
            if await _scalar(self.standby, f"SELECT pg_last_wal_replay_lsn() >= '{sent}'"):
                break
            await asyncio.sleep(0.05)
        await _scalar(self.standby, "ALTER SYSTEM SET primary_conninfo = ''")
        await _scalar(self.standby, "SELECT pg_reload_conf()")
        for _ in range(1200):
            if not await _scalar(self.standby, "SELECT count(*) FROM pg_stat_wal_receiver"):
                return
            await asyncio.sleep(0.05)
        raise AssertionError("The standby still receives.")

    async def fail_over(self) -> None:
        """Stops the primary, promotes the standby, and leads the address to it."""
        await self._stopping.aclose()
        assert await _scalar(self.standby, "SELECT pg_promote()")
        self.lead_to(self.standby)

    def lead_to(self, url: str) -> None:
        """Lets the address lead there from now on."""
        self._address.unlink(missing_ok=True)
        self._address.symlink_to(Path(_folder(url)) / ".s.PGSQL.5432")


def _folder(url: str) -> str:
    (folder,) = parse_qs(urlsplit(url).query)["host"]
    return folder


async def _scalar(url: str, sql: str) -> object:
    engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        result = await connection.execute(text(sql))
        return result.scalar() if result.returns_rows else None


@pytest.fixture
async def pair(data_folder: Path) -> AsyncGenerator[Pair]:
    with tempfile.TemporaryDirectory(prefix="datastore-failover-") as name:
        async with AsyncExitStack() as stack:
            stopping = await stack.enter_async_context(AsyncExitStack())
            primary = await stopping.enter_async_context(embedded_postgres(copy(data_folder, Path(name) / "primary")))
            backup = [find_programs() / "bin" / "pg_basebackup", "-D", f"{name}/standby/postgres", "-R", "-c", "fast"]
            await asyncio.to_thread(
                subprocess.run,
                [*backup, "-h", _folder(primary), "-p", "5432", "-U", "postgres"],
                check=True,
                capture_output=True,
            )
            standby = await stack.enter_async_context(embedded_postgres(Path(name) / "standby"))
            yield Pair(Path(name), primary, standby, stopping)


@asynccontextmanager
async def opened(pair: Pair, receivers: Receivers | None = None) -> AsyncGenerator[Application]:
    settings = load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": pair.url})
    async with open_database(settings) as engines:
        adapters = {WebhookSender: receivers or Receivers()}
        application = build_application(engines, Limits(poll_seconds=0.2), adapters, rules=RULES)
        try:
            yield application
        finally:
            await application.webhooks.close()
            await application.changes.close()


async def write(mediator: Mediator, first: int, count: int) -> list[UUID]:
    made: list[UUID] = []
    for number in range(first, first + count):
        async with asyncio.timeout(60):
            while True:
                try:
                    made.append((await mediator.send(CreateRecord(payload=number))).id)
                except StoreUnavailable:
                    await asyncio.sleep(0.1)
                else:
                    break
    return made


async def payloads(mediator: Mediator, since: Since, *, snapshot: bool = False) -> list[int]:
    """Reads on to the end of the log."""
    found: list[int] = []
    while True:
        page = await mediator.send(ReadChanges(since=since, limit=50, snapshot=snapshot))
        found += [int(entry.change.payload) for entry in page.entries]
        since = page.position
        if not page.has_more:
            return found


async def end_of(mediator: Mediator) -> Position:
    return (await mediator.send(ReadChanges(since=Edge.NOW, limit=1))).position


async def read_until_refused(subscription: Subscription) -> None:
    async with asyncio.timeout(30):
        while True:
            await subscription.next(10, 1)


async def refusals(mediator: Mediator, cursors: Sequence[Position]) -> list[str]:
    """Returns how reading behind each of the cursors is refused, as a page and as a stream."""
    codes: list[str] = []
    for cursor in cursors:
        for message in (ReadChanges(since=cursor, limit=10), FollowChanges(since=cursor)):
            try:
                await mediator.send(message)
            except DomainError as error:
                codes.append(error.code)
            else:
                codes.append("read")
    return codes


@pytest.mark.parametrize("restarts", [True, False], ids=["a service that is started anew", "one that runs on"])
async def test_no_cursor_passes_over_what_follows_a_failover(pair: Pair, *, restarts: bool) -> None:
    async with AsyncExitStack() as stack:
        application = await stack.enter_async_context(opened(pair))
        send = application.mediator.send
        await write(application.mediator, 0, 10)
        kept = await end_of(application.mediator)
        in_snapshot = (await send(ReadChanges(since=Edge.BEGINNING, limit=3, snapshot=True))).position
        in_batch = (await send(ReadChanges(since=Edge.BEGINNING, limit=3))).position
        await send(PutConsumer(name="done", since=kept))
        await send(PutConsumer(name="behind", since=in_batch))
        await pair.cut_off_the_standby()
        await write(application.mediator, 100, LOST)
        lost = await end_of(application.mediator)
        with await send(FollowChanges(since=lost)) as subscription:
            await subscription.next(1, 0.3)
            await pair.fail_over()
            if restarts:
                await stack.aclose()
                application = await stack.enter_async_context(opened(pair))
                send = application.mediator.send
            await write(application.mediator, 200, 20)
            codes = await refusals(application.mediator, [lost, kept, in_snapshot, in_batch])
            if not restarts:
                with pytest.raises(CursorExpired):
                    await read_until_refused(subscription)
        consumers = {
            name: await payloads(application.mediator, (await send(GetConsumer(name=name))).consumer.position)
            for name in ("done", "behind")
        }
        everything = await payloads(application.mediator, Edge.BEGINNING)
        now = await payloads(application.mediator, Edge.BEGINNING, snapshot=True)
        end = await end_of(application.mediator)
        await write(application.mediator, 300, 5)
        later = await payloads(application.mediator, end)

    assert codes == ["cursor_expired"] * 8
    assert consumers == {"done": [*range(200, 220)], "behind": [*range(3, 10), *range(200, 220)]}
    assert everything == now == [*range(10), *range(200, 220)]
    assert later == [*range(300, 305)]


async def test_webhooks_go_on_over_a_failover(pair: Pair) -> None:
    receivers = Receivers()
    async with opened(pair, receivers) as application:
        await application.mediator.send(PutWebhook(name="mails", url=URL))
        application.webhooks.start()
        await write(application.mediator, 0, 5)
        await until_told(receivers, 4)
        await pair.cut_off_the_standby()
        await write(application.mediator, 100, LOST)
        await until_told(receivers, 100 + LOST - 1)
        await pair.fail_over()
        await write(application.mediator, 200, 20)
        await until_told(receivers, 219)

    told = [int(body.rpartition('"payload": ')[2].rstrip("}")) for _, body, _ in receivers.taken]
    after = told[told.index(200) :]
    assert after == [*range(200, 220)]
    assert {*told} == {*range(5), *range(100, 100 + LOST), *range(200, 220)}
    ids = [headers["webhook-id"] for _, _, headers in receivers.taken]
    assert len({*ids}) == len({*told})


async def test_streams_are_told_that_their_cursor_has_expired(pair: Pair) -> None:
    settings = load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": pair.url})
    settings = settings.model_copy(update={"limits": settings.limits.model_copy(update={"heartbeat_seconds": 0.1})})
    async with opened(pair) as application, AsyncExitStack() as clients:
        app = create_app(settings)
        app.state.mediator = application.mediator
        await application.mediator.send(PutConsumer(name="mails", since=Edge.NOW))
        await pair.cut_off_the_standby()
        await write(application.mediator, 100, 3)
        lost = str(await end_of(application.mediator))
        subscription = f'subscription {{ changes(since: "{lost}") {{ payload }} }}'
        accept = {"Accept": "text/event-stream"}
        rest = await clients.enter_async_context(streamed(app, f"/changes?since={lost}", accept))
        sse = await clients.enter_async_context(streamed(app, f"/graphql?query={quote(subscription)}", accept))
        socket = await clients.enter_async_context(connected(app))
        await socket.say({"type": "connection_init"})
        await socket.subscribe("a", subscription)
        await asyncio.gather(rest.block(), sse.block(), socket.hear(), socket.hear())
        async with asyncio.timeout(30):
            while application.changes.subscriptions < 3:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.05)
        await pair.fail_over()
        await write(application.mediator, 200, 2)
        ends = [
            await rest.event(),
            json.loads((await sse.event())["data"])["errors"][0]["extensions"]["code"],
            (await socket.hear())["payload"],
        ]
        again = await clients.enter_async_context(
            streamed(app, "/changes?consumer=mails", {**accept, "Last-Event-ID": lost})
        )
        payloads = [json.loads((await again.event())["data"])["payload"] for _ in range(2)]

    assert ends[0]["event"] == "end"
    assert json.loads(ends[0]["data"])["code"] == ends[1] == "cursor_expired"
    assert "cursor_expired" in json.dumps(ends[2])
    assert payloads == [200, 201]


async def until_told(receivers: Receivers, payload: int) -> None:
    async with asyncio.timeout(60):
        while not any(body.endswith(f'"payload": {payload}}}}}') for _, body, _ in receivers.taken):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_place_that_was_read_before_a_failover_is_not_kept_after_it(pair: Pair) -> None:
    async with opened(pair) as application:
        await write(application.mediator, 0, 3)
        await application.mediator.send(PutConsumer(name="mails", since=Edge.NOW))
        await pair.cut_off_the_standby()
        await write(application.mediator, 100, 3)
        lost = await end_of(application.mediator)
        await pair.fail_over()
        await write(application.mediator, 200, 1)
        codes: list[str] = []
        for _ in range(2):
            try:
                await application.mediator.send(PutConsumer(name="mails", since=lost))
            except DomainError as error:
                codes.append(error.code)
        view = await application.mediator.send(GetConsumer(name="mails"))

    assert codes == ["cursor_expired"] * 2
    assert view.lag_changes == 1


async def test_the_feed_is_not_read_from_a_standby(pair: Pair) -> None:
    async with opened(pair) as application:
        await write(application.mediator, 0, 1)
        pair.lead_to(pair.standby)
    async with opened(pair) as application:
        with pytest.raises(StoreUnavailable, match="standby"):
            await application.mediator.send(ReadChanges(limit=1))
