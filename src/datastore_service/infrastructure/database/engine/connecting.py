"""Opens connections of asyncpg for a URL of libpq, and makes sure that none stays silent for long."""

import logging
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

import asyncpg

from datastore_service.application.errors import StoreUnavailable
from datastore_service.config.database_settings import DatabaseSettings
from datastore_service.config.database_url import DatabaseUrl, Host
from datastore_service.library_internals.asyncpg import WatchedConnection

_NOT_SENT: Final = (
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "load_balance_hosts",
    "max_protocol_version",
    "replication",
    "sslcertmode",
    "sslcompression",
    "sslsni",
    "tcp_user_timeout",
)
"""Parameters of libpq that asyncpg would send to the server; the service handles them itself."""

_READ_ONLY: Final = "default_transaction_read_only"
_AMONG_READ_ONLY_SESSIONS: Final = {"read-write": "primary", "read-only": "standby"}
"""How sessions that are read-only themselves tell servers apart."""

_KEEPALIVES: Final = 3

_log = logging.getLogger(__name__)

type Connection = asyncpg.Connection[Any]


@dataclass(slots=True, kw_only=True)
class Connector:
    """Opens connections to one database.

    Attributes:
        url: The URL of the database.
        settings: The time limits.
        session: The parameters of each session in PostgreSQL.
        command_timeout: The time limit of a statement in seconds, or None. PostgreSQL's own statement_timeout should be
            shorter, so that the server ends a slow statement.
        record_class: The class of rows.
    """

    url: DatabaseUrl
    settings: DatabaseSettings
    session: Mapping[str, str]
    command_timeout: float | None = None
    record_class: type[asyncpg.Record] = asyncpg.Record
    _last: Host | None = field(default=None, init=False)
    _pooled: bool | None = field(default=None, init=False)

    async def __call__(self) -> Connection:
        """Opens a connection to the first host that is acceptable.

        Raises:
            OSError: The database cannot be reached in time, or no host satisfies the URL.
            asyncpg.PostgresError: It refuses the connection.
            StoreUnavailable: The URL leads to a pooler that shares sessions.
        """
        if len(self.url.hosts) <= 1:
            return await self._opened(self.url, self._attribute)
        if self._attribute != "prefer-standby":
            return await self._first(self._attribute)
        try:
            return await self._first("standby")
        except (OSError, asyncpg.CannotConnectNowError):
            return await self._first("any")

    @property
    def _attribute(self) -> str | None:
        attribute = self.url.parameters.get("target_session_attrs")
        if self.session.get(_READ_ONLY) == "on":
            attribute = _AMONG_READ_ONLY_SESSIONS.get(attribute or "", attribute)
        return attribute

    async def _first(self, attribute: str | None) -> Connection:
        """Tries the hosts in turn, beginning with the last good one; each has the whole time to answer."""
        error: OSError | asyncpg.CannotConnectNowError | None = None
        for host in sorted(self.url.hosts, key=lambda host: host != self._last):
            try:
                connection = await self._opened(replace(self.url, hosts=[host]), attribute)
            except (OSError, asyncpg.CannotConnectNowError) as failed:
                error = failed
            else:
                self._last = host
                return connection
        raise error or ConnectionError("There are no hosts.")

    async def _opened(self, url: DatabaseUrl, attribute: str | None) -> Connection:
        try:
            connection = await self._connected(url, attribute, {} if self._pooled else self.session)
        except asyncpg.ProtocolViolationError:
            # PgBouncer refuses session parameters that it does not know.
            connection = await self._connected(url, attribute, {})
        try:
            await self._expect_the_session(connection, url)
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _connected(
        self,
        url: DatabaseUrl,
        attribute: str | None,
        session: Mapping[str, str],
        **options: Any,  # noqa: ANN401
    ) -> Connection:
        parameters = url.parameters
        sent = {name: value for name, value in parameters.items() if name not in _NOT_SENT}
        tls = _system_tls(sent) if sent.pop("sslrootcert", None) == "system" else None
        if tls is None and "sslrootcert" in parameters:
            sent["sslrootcert"] = parameters["sslrootcert"]
        try:
            connection = await asyncpg.connect(
                replace(url, parameters=sent).text,
                ssl=tls,
                timeout=self._patience(url),
                command_timeout=self.command_timeout,
                target_session_attrs=cast("Any", attribute),
                server_settings={**session, "application_name": self._name(url)},
                record_class=self.record_class,
                connection_class=WatchedConnection,
                **options,
            )
        except asyncpg.InternalClientError as error:
            # SQLAlchemy would turn it into a DBAPIError without SQLSTATE, which looks like an error of a statement.
            raise ConnectionError(str(error)) from error
        for level, option, value in _socket_options(parameters, self.settings.silence_timeout):
            connection.set_sockopt(level, option, value)
        return connection

    async def _expect_the_session(self, connection: Connection, url: DatabaseUrl) -> None:
        """Sets the session's parameters if a pooler has not passed them on."""
        if self._pooled is None:
            process = await _process(connection, self._patience(url))
            if process == connection.get_server_pid():
                self._pooled = False
            else:
                await self._expect_a_process_for_each(process, url)
                self._pooled = True
        if self._pooled:
            session = {**self.session, "application_name": self._name(url)}
            await connection.execute(
                f"SELECT {', '.join(_set(name, value) for name, value in session.items())}", timeout=self._patience(url)
            )

    async def _expect_a_process_for_each(self, process: int | None, url: DatabaseUrl) -> None:
        """Refuses transaction pooling, in which sessions share a server process.

        Raises:
            StoreUnavailable: The pooler pools transactions.
        """
        if process is not None:
            other = await self._connected(url, None, {}, statement_cache_size=0)
            try:
                async with other.transaction():
                    shared = await _process(other, self._patience(url)) == process
            finally:
                other.terminate()
            if not shared:
                return
        raise StoreUnavailable(
            "The URL of the database leads to a pooler in transaction mode; the service needs session mode, "
            "or PostgreSQL itself (another port or host; see the guide to your own PostgreSQL)."
        )

    def _patience(self, url: DatabaseUrl) -> float:
        return int(url.parameters.get("connect_timeout", 0)) or self.settings.connect_timeout

    def _name(self, url: DatabaseUrl) -> str:
        """Returns the application name: the service's own, by which it is recognised, and the one from the URL."""
        name = url.parameters.get("application_name") or url.parameters.get("fallback_application_name")
        own = self.session.get("application_name", "datastore")
        return f"{own} {name}" if name else own


def connector(
    url: str, settings: DatabaseSettings, session: Mapping[str, str], command_timeout: float | None = None
) -> Connector:
    """Makes a connector to a database; nothing is connected yet."""
    parsed = DatabaseUrl.parse(url)
    if parsed.parameters.get("channel_binding") == "require":
        _log.warning(
            "The URL of the database has channel_binding=require, which the driver does not support: connections "
            "are made without it. sslmode=verify-full verifies the server in another way."
        )
    return Connector(url=parsed, settings=settings, session=session, command_timeout=command_timeout)


def server_of(connection: Connection) -> object:
    """Returns an identifier of the connection's server, equal for connections to the same server."""
    return connection.server if isinstance(connection, WatchedConnection) else None


async def _process(connection: Connection, within: float) -> int | None:
    """Returns the server process of a session; None if another session has left its statements there."""
    try:
        return await connection.fetchval("SELECT pg_backend_pid()", timeout=within)
    except (asyncpg.DuplicatePreparedStatementError, asyncpg.InvalidSQLStatementNameError):
        return None


def _set(name: str, value: str) -> str:
    text = value.replace("'", "''")
    return f"set_config('{name}', '{text}', false)"


def _system_tls(parameters: Mapping[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if "sslcert" in parameters:
        context.load_cert_chain(
            parameters["sslcert"], parameters.get("sslkey"), lambda: parameters.get("sslpassword", "")
        )
    return context


def _socket_options(parameters: Mapping[str, str], silence: float) -> Sequence[tuple[int, int, int]]:
    """Returns the socket options by which the kernel detects a dead peer within the allowed silence."""
    options: list[tuple[int, int, int]] = []

    def add(name: str, value: int) -> None:
        if hasattr(socket, name):
            options.append((socket.IPPROTO_TCP, getattr(socket, name), value))

    if parameters.get("keepalives") != "0":
        pause = max(1, int(silence / _KEEPALIVES))
        options.append((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1))
        add("TCP_KEEPIDLE", int(parameters.get("keepalives_idle", 0)) or pause)
        add("TCP_KEEPINTVL", int(parameters.get("keepalives_interval", 0)) or pause)
        add("TCP_KEEPCNT", int(parameters.get("keepalives_count", 0)) or _KEEPALIVES)
    add("TCP_USER_TIMEOUT", int(parameters.get("tcp_user_timeout", 0)) or int(silence * 1000))
    return options
