"""Where URLs lead, over TCP: to the first of several hosts that will do, and over sockets that do not stay silent."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.errors import StoreUnavailable
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine.connecting import Connector, connector
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pool import Pool
from datastore_service.infrastructure.database.engine.sql_engines import create_engine
from tests.chaos.wire import Wire, a_wire

SSL_REQUEST = (80877103).to_bytes(4)
"""The body of the message by which a client asks for TLS (PostgreSQL, SSLRequest)."""

READ_ONLY = {"default_transaction_read_only": "on"}


@pytest.fixture
async def wire(database_url: str) -> AsyncGenerator[Wire]:
    place = parse_qs(urlsplit(database_url).query)
    async with a_wire(Path(place["host"][0]) / f".s.PGSQL.{place['port'][0]}") as wire:
        yield wire


@pytest.fixture
async def silent() -> AsyncGenerator[int]:
    """The port of a host that takes connections, and says nothing."""
    ended = asyncio.Event()

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ended.wait()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    ended.set()
    server.close()


@pytest.fixture
async def starting() -> AsyncGenerator[int]:
    """The port of a server that does not take connections yet."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        startup = await reader.readexactly(int.from_bytes(await reader.readexactly(4)) - 4)
        if startup == SSL_REQUEST:
            writer.write(b"N")
            await reader.readexactly(int.from_bytes(await reader.readexactly(4)) - 4)
        told = b"SFATAL\0C57P03\0Mthe database system is starting up\0\0"
        writer.write(b"E" + (len(told) + 4).to_bytes(4) + told)
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


def to(sql_settings: Settings, url: str, session: Mapping[str, str] | None = None) -> Connector:
    settings = sql_settings.database.model_copy(update={"silence_timeout": 3.0})
    return connector(url, settings, session or {})


async def asked(connect: Connector, query: str) -> Any:  # noqa: ANN401 - a value
    connection = await connect()
    try:
        return await connection.fetchval(query)
    finally:
        connection.terminate()


@pytest.mark.parametrize("attribute", ["any", "primary", "read-write", "prefer-standby"])
async def test_the_first_host_that_answers_is_taken(
    sql_settings: Settings, wire: Wire, silent: int, attribute: str
) -> None:
    hosts = f"127.0.0.1:1,127.0.0.1:{silent},127.0.0.1:{wire.port}"
    url = f"postgresql://postgres@{hosts}/datastore?target_session_attrs={attribute}&connect_timeout=1"

    assert await asked(to(sql_settings, url), "SELECT 1") == 1
    assert await asked(to(sql_settings, url, READ_ONLY), "SELECT 1") == 1


async def test_the_host_that_answered_is_asked_first_the_next_time(
    sql_settings: Settings, wire: Wire, silent: int
) -> None:
    url = f"postgresql://postgres@127.0.0.1:{silent},127.0.0.1:{wire.port}/datastore?connect_timeout=1"
    connect = to(sql_settings, url)
    await asked(connect, "SELECT 1")

    async with asyncio.timeout(0.9):
        await asked(connect, "SELECT 1")


async def test_no_host_is_a_standby(sql_settings: Settings, wire: Wire) -> None:
    url = f"postgresql://postgres@127.0.0.1:1,127.0.0.1:{wire.port}/datastore?target_session_attrs=standby"

    with pytest.raises(ConnectionError, match="None of the hosts match"):
        await asked(to(sql_settings, url), "SELECT 1")


@pytest.mark.parametrize("others", ["", "127.0.0.1:1,"], ids=["one-host", "several-hosts"])
async def test_the_store_is_unavailable_until_a_host_takes_writes(
    sql_settings: Settings, wire: Wire, others: str
) -> None:
    # To asyncpg a server whose sessions are read-only is what a standby is.
    url = (
        f"postgresql://postgres@{others}127.0.0.1:{wire.port}/datastore"
        "?target_session_attrs=read-write&options=-c%20default_transaction_read_only%3Don"
    )
    engine = create_engine(to(sql_settings, url), pool_size=1, max_overflow=0)
    pool = Pool.of(url, sql_settings.database, 1, {})

    with pytest.raises(StoreUnavailable), translate_database_errors():
        await engine.connect()
    with pytest.raises(StoreUnavailable), translate_database_errors():
        await pool.fetch("SELECT 1", [])

    await pool.close()
    await engine.dispose()


async def test_a_standby_that_starts_is_not_waited_for(sql_settings: Settings, wire: Wire, starting: int) -> None:
    url = f"postgresql://postgres@127.0.0.1:{wire.port},127.0.0.1:{starting}/datastore?target_session_attrs=prefer-standby"

    assert await asked(to(sql_settings, url), "SELECT 1") == 1


async def test_parameters_of_the_url_hold_in_the_session(sql_settings: Settings, wire: Wire) -> None:
    url = f"{wire.url}?application_name=my%20app&options=-c%20geqo%3Doff&channel_binding=prefer&keepalives_idle=60"
    connect = to(sql_settings, url, {"application_name": "datastore"})

    assert await asked(connect, "SHOW application_name") == "datastore my app"
    assert await asked(connect, "SHOW geqo") == "off"


async def test_tls_is_insisted_on(sql_settings: Settings, wire: Wire) -> None:
    with pytest.raises(ConnectionError, match="rejected SSL upgrade"):
        await asked(to(sql_settings, f"{wire.url}?sslmode=require"), "SELECT 1")


async def test_channel_binding_that_cannot_be_had_is_warned_of(
    sql_settings: Settings, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    connect = to(sql_settings, f"{wire.url}?channel_binding=require")

    assert await asked(connect, "SELECT 1") == 1
    assert "channel_binding=require" in caplog.text


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="not on this system")
async def test_the_kernel_is_told_how_long_silence_may_last(sql_settings: Settings, wire: Wire) -> None:
    connection = await to(sql_settings, f"{wire.url}?keepalives_count=7")()
    transport: Any = getattr(connection, "_transport")  # noqa: B009 - asyncpg shows it in no other way
    found: socket.socket = transport.get_extra_info("socket")
    options = [
        found.getsockopt(level, option)
        for level, option in (
            (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
            (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
            (socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
            (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
        )
    ]
    connection.terminate()

    assert options == [1, 1, 7, 3000]


async def test_a_statement_that_the_server_runs_is_waited_for(sql_settings: Settings, wire: Wire) -> None:
    pool = Pool.of(wire.url, sql_settings.database.model_copy(update={"silence_timeout": 1.0}), 1, {})

    async with asyncio.timeout(20):
        rows = await pool.fetch("SELECT pg_backend_pid(), pg_sleep(3.5)", [])
    assert (await pool.fetch("SELECT pg_backend_pid()", []))[0][0] == rows[0][0]
    await pool.close()


@pytest.mark.parametrize("session", [{}, {"role": "pg_read_all_data"}], ids=["writing", "reading"])
async def test_a_statement_that_the_server_does_not_run_is_run_again(
    sql_settings: Settings, wire: Wire, session: dict[str, str]
) -> None:
    pool = Pool.of(wire.url, sql_settings.database.model_copy(update={"silence_timeout": 1.0}), 1, session)
    await pool.fetch("SELECT 1", [])
    wire.swallow()

    async with asyncio.timeout(10):
        assert (await pool.fetch("SELECT 2", []))[0][0] == 2
    await pool.close()


async def test_a_silent_connection_of_sqlalchemy_is_replaced(sql_settings: Settings, wire: Wire) -> None:
    engine = create_engine(to(sql_settings, wire.url), pool_size=2, max_overflow=0)
    async with engine.connect() as one, engine.connect() as another:
        await one.execute(text("SELECT 1"))
        await another.execute(text("SELECT 1"))
    wire.swallow()

    async with asyncio.timeout(10):
        for _ in range(2):
            async with engine.connect() as connection:
                assert await connection.scalar(text("SELECT 2")) == 2
    await engine.dispose()


@pytest.mark.parametrize("end", [AsyncConnection.commit, AsyncConnection.rollback])
async def test_an_end_that_the_server_does_not_run_is_given_up(
    sql_settings: Settings, wire: Wire, end: Callable[[AsyncConnection], Awaitable[None]]
) -> None:
    settings = sql_settings.database.model_copy(update={"silence_timeout": 1.0})
    engine = create_engine(connector(wire.url, settings, {}), pool_size=1, max_overflow=0)

    async with asyncio.timeout(10):
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
            wire.swallow()
            with pytest.raises((DBAPIError, asyncpg.PostgresConnectionError, OSError)):
                await end(connection)
        async with engine.connect() as connection:
            assert await connection.scalar(text("SELECT 2")) == 2
    await engine.dispose()


POOLED = "options=-c%20search_path=pooler,pg_catalog"
"""Has a session see the process numbers of the schema `pooler`, which are not those that it began with."""


async def numbering_processes(wire: Wire, number: str) -> None:
    """Makes functions say of each session's process what something that pools connections would have it say."""
    connection = await asyncpg.connect(wire.url)
    try:
        await connection.execute(
            "DROP SCHEMA IF EXISTS pooler CASCADE; CREATE SCHEMA pooler; "
            f"CREATE FUNCTION pooler.pg_backend_pid() RETURNS integer LANGUAGE sql AS 'SELECT {number}'"
        )
    finally:
        await connection.close()


@pytest.fixture
async def choosy(wire: Wire) -> AsyncGenerator[int]:
    """The port of what refuses parameters of sessions that it does not know, as PgBouncer does."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = await reader.readexactly(4)
        startup = await reader.readexactly(int.from_bytes(length) - 4)
        if b"\0jit\0" in startup:
            told = b"SFATAL\0C08P01\0Munsupported startup parameter: jit\0\0"
            writer.write(b"E" + (len(told) + 4).to_bytes(4) + told)
            writer.close()
        else:
            await wire.accept(Prefixed(reader, length + startup), writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    wire.cut()


class Prefixed(asyncio.StreamReader):
    """A reader from which something has been read that is to be read again."""

    def __init__(self, reader: asyncio.StreamReader, first: bytes) -> None:
        super().__init__()
        self._reader, self._first = reader, first

    async def read(self, n: int = -1) -> bytes:
        first, self._first = self._first, b""
        return first or await self._reader.read(n)


SESSION = {"jit": "off", "statement_timeout": "1234", "application_name": "datastore"}


async def test_a_session_has_its_parameters_where_a_pooler_refuses_them(
    sql_settings: Settings, wire: Wire, choosy: int
) -> None:
    await numbering_processes(wire, "pg_catalog.pg_backend_pid() + 1")
    connect = to(sql_settings, f"postgresql://postgres@127.0.0.1:{choosy}/datastore?sslmode=disable&{POOLED}", SESSION)

    for _ in range(2):
        assert await asked(connect, "SELECT current_setting('statement_timeout')") == "1234ms"
        assert await asked(connect, "SELECT current_setting('jit')") == "off"


async def test_a_pooler_of_transactions_is_refused_with_a_reason(sql_settings: Settings, wire: Wire) -> None:
    await numbering_processes(wire, "1")

    with pytest.raises(StoreUnavailable, match="pooler in transaction mode"):
        await asked(to(sql_settings, f"{wire.url}?{POOLED}", SESSION), "SELECT 1")
