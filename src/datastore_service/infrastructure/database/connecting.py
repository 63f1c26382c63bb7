"""Opens connections of asyncpg to where a URL of libpq leads, and sees to it that none stays silent for long."""

import logging
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, cast

import asyncpg

from datastore_service.config.database_url import DatabaseUrl, Host
from datastore_service.config.settings import DatabaseSettings

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
"""What libpq knows and asyncpg takes for parameters of the server; it is obeyed here, or asks for nothing."""

_READ_ONLY: Final = "default_transaction_read_only"
_AMONG_READ_ONLY_SESSIONS: Final = {"read-write": "primary", "read-only": "standby"}
"""What tells servers apart for sessions that are read-only themselves."""

_KEEPALIVES: Final = 3

_log = logging.getLogger(__name__)

type Connection = asyncpg.Connection[Any]


if TYPE_CHECKING:
    _Connection = asyncpg.Connection[Any]
else:
    _Connection = asyncpg.Connection


class WatchedConnection(_Connection):
    """A connection that tells where it leads, and whose socket can be set."""

    @property
    def server(self) -> object:
        """The address of the server, of which there may be several."""
        return self._addr

    def set_sockopt(self, level: int, option: int, value: int) -> None:
        """Sets an option of its socket, if that is one of TCP."""
        found = self._transport.get_extra_info("socket")
        if found is not None and found.family in (socket.AF_INET, socket.AF_INET6):
            found.setsockopt(level, option, value)


@dataclass(slots=True, kw_only=True)
class Connector:
    """Opens connections to one database.

    Attributes:
        url: Where it is.
        settings: How long is waited for what.
        session: The parameters of PostgreSQL that hold in each session.
        command_timeout: Seconds after which a statement is given up; None never does. PostgreSQL's own
            statement_timeout should be shorter, so that it is the server that ends what takes too long.
        record_class: What rows are.
    """

    url: DatabaseUrl
    settings: DatabaseSettings
    session: Mapping[str, str]
    command_timeout: float | None = None
    record_class: type[asyncpg.Record] = asyncpg.Record
    _last: Host | None = field(default=None, init=False)

    async def __call__(self) -> Connection:
        """Opens a connection, to the first host that will do.

        Raises:
            OSError: The database cannot be reached, or not in time.
            asyncpg.PostgresError: It refuses.
            asyncpg.InternalClientError: No host is what the URL asks for.
        """
        if len(self.url.hosts) <= 1:
            return await self._opened(self.url, self._attribute)
        if self._attribute != "prefer-standby":
            return await self._first(self._attribute)
        try:
            return await self._first("standby")
        except (OSError, asyncpg.TargetServerAttributeNotMatched):
            return await self._first("any")

    @property
    def _attribute(self) -> str | None:
        attribute = self.url.parameters.get("target_session_attrs")
        if self.session.get(_READ_ONLY) == "on":
            attribute = _AMONG_READ_ONLY_SESSIONS.get(attribute or "", attribute)
        return attribute

    async def _first(self, attribute: str | None) -> Connection:
        """Tries one host after the other, beginning with the one that did last; each has the whole time to answer."""
        error: OSError | asyncpg.PostgresError | asyncpg.InternalClientError | None = None
        for host in sorted(self.url.hosts, key=lambda host: host != self._last):
            try:
                connection = await self._opened(replace(self.url, hosts=[host]), attribute)
            except (OSError, asyncpg.CannotConnectNowError, asyncpg.TargetServerAttributeNotMatched) as failed:
                error = failed
            else:
                self._last = host
                return connection
        raise error or ConnectionError("There are no hosts.")

    async def _opened(self, url: DatabaseUrl, attribute: str | None) -> Connection:
        parameters = url.parameters
        sent = {name: value for name, value in parameters.items() if name not in _NOT_SENT}
        tls = _system_tls(sent) if sent.pop("sslrootcert", None) == "system" else None
        if tls is None and "sslrootcert" in parameters:
            sent["sslrootcert"] = parameters["sslrootcert"]
        connection = await asyncpg.connect(
            replace(url, parameters=sent).text,
            ssl=tls,
            timeout=int(parameters.get("connect_timeout", 0)) or self.settings.connect_timeout,
            command_timeout=self.command_timeout,
            target_session_attrs=cast("Any", attribute),
            server_settings=_named(self.session, parameters),
            record_class=self.record_class,
            connection_class=WatchedConnection,
        )
        for level, option, value in _socket_options(parameters, self.settings.silence_timeout):
            connection.set_sockopt(level, option, value)
        return connection


def connector(
    url: str, settings: DatabaseSettings, session: Mapping[str, str], command_timeout: float | None = None
) -> Connector:
    """Makes what opens connections to a database; nothing is connected yet."""
    parsed = DatabaseUrl.parse(url)
    if parsed.parameters.get("channel_binding") == "require":
        _log.warning(
            "The URL of the database has channel_binding=require, which the service's driver cannot do: connections "
            "are made without it. sslmode=verify-full makes sure of the server in another way."
        )
    return Connector(url=parsed, settings=settings, session=session, command_timeout=command_timeout)


def server_of(connection: Connection) -> object:
    """Returns the address of the server that a connection leads to; equal for connections to the same."""
    return connection.server if isinstance(connection, WatchedConnection) else None


def _named(session: Mapping[str, str], parameters: Mapping[str, str]) -> dict[str, str]:
    """Adds the name that the URL gives to the service's own, by which a service that runs is known."""
    name = parameters.get("application_name") or parameters.get("fallback_application_name")
    own = session.get("application_name", "datastore")
    return {**session, "application_name": f"{own} {name}" if name else own}


def _system_tls(parameters: Mapping[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if "sslcert" in parameters:
        context.load_cert_chain(
            parameters["sslcert"], parameters.get("sslkey"), lambda: parameters.get("sslpassword", "")
        )
    return context


def _socket_options(parameters: Mapping[str, str], silence: float) -> Sequence[tuple[int, int, int]]:
    """Returns how the kernel finds out that the other end is gone, in the time that it may be silent."""
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
