"""Connection URLs as libpq takes them, read once for the service, for PostgreSQL's programs, and to be shown."""

import re
from collections.abc import Mapping, Sequence
from configparser import ConfigParser
from configparser import Error as BadServiceFile
from dataclasses import dataclass
from os import environ
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote, unquote, urlsplit

_SCHEMES: Final = ("postgresql", "postgres", "postgresql+asyncpg")
_MASK: Final = "***"
_LAST_PORT: Final = 65535
_PORT: Final = re.compile(r"\d{1,5}")
_SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_ATTRIBUTES: Final = ("any", "read-write", "read-only", "primary", "standby", "prefer-standby")
_TLS_VERSIONS: Final = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_NUMBER: Final = re.compile(r"\d{1,9}")

_CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "sslmode": _SSL_MODES,
    "target_session_attrs": _ATTRIBUTES,
    "channel_binding": ("disable", "prefer", "require"),
    "sslnegotiation": ("postgres", "direct"),
    "ssl_min_protocol_version": _TLS_VERSIONS,
    "ssl_max_protocol_version": _TLS_VERSIONS,
    "keepalives": ("0", "1"),
    "gssencmode": ("disable", "prefer"),
    "client_encoding": ("auto", "utf8", "utf-8", "UTF8", "UTF-8"),
    "load_balance_hosts": ("disable",),
    "replication": ("false", "off", "no", "0"),
    "sslcertmode": ("allow",),
    "sslsni": ("1",),
    "sslcompression": ("0",),
    "gssdelegation": ("0",),
}
"""What parameters may be; of some only what asks for nothing that asyncpg does not have."""

_NUMBERS: Final = (
    "connect_timeout",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
)
_FILES: Final = ("passfile", "sslcert", "sslkey", "sslrootcert", "sslcrl")
_TEXTS: Final = (
    "application_name",
    "fallback_application_name",
    "options",
    "service",
    "sslpassword",
    "krbsrvname",
    "gsslib",
    "max_protocol_version",
)
_IMPOSSIBLE: Final = (
    "hostaddr",
    "min_protocol_version",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_issuer",
    "oauth_scope",
    "require_auth",
    "requirepeer",
    "requiressl",
    "scram_client_key",
    "scram_server_key",
    "servicefile",
    "sslcrldir",
    "sslkeylogfile",
)
"""What libpq knows and asyncpg does not: to leave them out would change who is connected to, or how safely."""

_OF_OTHER_CLIENTS: Final = ("pgbouncer", "supa", "uselibpqcompat")
"""What some services print for clients in JavaScript; it means nothing to PostgreSQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Where a server may be.

    Attributes:
        name: A host name, an IP address, or the folder of a socket.
        port: None where the URL names none.
    """

    name: str
    port: int | None

    @property
    def is_socket(self) -> bool:
        """Whether it is the folder of a socket."""
        return self.name.startswith(("/", "@"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseUrl:
    """A connection URL in its parts.

    Attributes:
        user: None where the URL names none; so are the next two.
        password: In clear text.
        database: Its name.
        hosts: In the order in which they are tried; none where a service file names them.
        parameters: The other parameters of libpq, by their names.
    """

    user: str | None
    password: str | None
    database: str | None
    hosts: Sequence[Host]
    parameters: Mapping[str, str]

    @classmethod
    def parse(cls, url: str) -> Self:
        """Takes a URL apart; whether all of it can be done, `check` tells.

        Raises:
            ValueError: It is none. The message repeats no part of it, as any may be secret.
        """
        try:
            parts = urlsplit(url)
            login, at, address = parts.netloc.rpartition("@")
            user, colon, password = login.partition(":")
            parameters = _parameters(parts.query)
            hosts = _in_address(address) if address else []
            named = _in_parameters(parameters.pop("host", ""), parameters.pop("port", ""), hosts)
        except ValueError:
            raise _not_a_url() from None
        if parts.scheme not in _SCHEMES or parts.fragment or parts.path.count("/") > 1:
            raise _not_a_url()
        database = unquote(parts.path[1:]) or parameters.pop("dbname", "") or parameters.pop("database", "")
        return cls(
            user=(unquote(user) if at else None) or parameters.pop("user", None),
            password=(unquote(password) if colon else None) or parameters.pop("password", None),
            database=database or None,
            hosts=named,
            parameters={name: value for name, value in parameters.items() if name not in _OF_OTHER_CLIENTS},
        )

    def check(self) -> None:
        """Looks whether the service can do what the URL asks for.

        Raises:
            ValueError: It cannot. The message names the parameter, and no secret.
        """
        for name, value in self.parameters.items():
            _check_parameter(name, value, self.parameters)
        mode = self.parameters.get("sslmode")
        if self.parameters.get("sslrootcert") == "system" and mode not in (None, "verify-full"):
            raise ValueError(f"has sslrootcert=system with sslmode={mode}, which is too weak for it: take verify-full")
        if self.parameters.get("sslnegotiation") == "direct" and mode not in _SSL_MODES[3:]:
            raise ValueError("has sslnegotiation=direct, which takes an sslmode of require, verify-ca or verify-full")
        if (service := self.parameters.get("service")) is not None:
            _check_service(service)
        elif not self.hosts:
            raise ValueError(
                "names no host: write postgresql://USER@HOST/DATABASE, ?host=/FOLDER for a socket, or ?service=NAME"
            )

    @property
    def text(self) -> str:
        """The URL, in the one of its forms that libpq and asyncpg read alike."""
        return self._written(self.password, self.parameters)

    @property
    def masked(self) -> str:
        """The URL without its secrets, fit to be shown."""
        shown = {name: _MASK if name == "sslpassword" else value for name, value in self.parameters.items()}
        return self._written(None if self.password is None else _MASK, shown)

    def _written(self, password: str | None, parameters: Mapping[str, str]) -> str:
        login = quote(self.user or "", safe="")
        if password is not None:
            login += f":{password if password == _MASK else quote(password, safe='')}"
        address, first = "", {}
        if len(self.hosts) == 1 and self.hosts[0].is_socket:
            port = self.hosts[0].port
            first = {"host": self.hosts[0].name} | ({} if port is None else {"port": str(port)})
        else:
            address = ",".join(_address(host) for host in self.hosts)
        query = "&".join(
            f"{name}={value if value == _MASK else quote(value, safe='/:,')}"
            for name, value in (first | {**parameters}).items()
        )
        path = f"/{quote(self.database, safe='')}" if self.database else ""
        return f"postgresql://{login}{'@' if login else ''}{address}{path}{'?' if query else ''}{query}"


def _parameters(query: str) -> dict[str, str]:
    """Reads a query as libpq does, to which a plus is a plus; of hosts and ports that are repeated all are meant."""
    found: dict[str, str] = {}
    for part in query.split("&") if query else ():
        name, equals, value = part.partition("=")
        name, value = unquote(name), unquote(value)
        if not name or not equals:
            raise ValueError(part)
        if name == "ssl":
            # SQLAlchemy's name for it, and that of drivers for Java, to which it is true or false.
            name, value = "sslmode", {"true": "require", "false": "disable"}.get(value, value)
        found[name] = f"{found[name]},{value}" if name in ("host", "port") and name in found else value
    return found


def _in_address(address: str) -> list[Host]:
    return [_host(part) for part in address.split(",")]


def _in_parameters(hosts: str, ports: str, in_address: Sequence[Host]) -> Sequence[Host]:
    """Returns the hosts of the address or, where there are none, those of the parameters, with the ports."""
    found = in_address or [
        Host(name=part, port=None) if part.count(":") > 1 else _host(part) for part in hosts.split(",") if part
    ]
    numbers = [_port(part) for part in ports.split(",")] if ports else []
    if not numbers:
        return found
    if len(numbers) == 1:
        numbers *= len(found)
    return [
        Host(name=host.name, port=number if host.port is None else host.port)
        for host, number in zip(found, numbers, strict=True)
    ]


def _host(text: str) -> Host:
    if text.startswith("["):
        name, bracket, port = text[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise ValueError(text)
        port = port[1:]
    elif text.startswith("/"):
        name, port = text, ""
    else:
        name, _, port = text.partition(":")
    if not name:
        raise ValueError(text)
    return Host(name=unquote(name), port=_port(port))


def _port(text: str) -> int | None:
    text = unquote(text)
    if not text:
        return None
    if not _PORT.fullmatch(text) or not 0 < int(text) <= _LAST_PORT:
        raise ValueError(text)
    return int(text)


def _address(host: Host) -> str:
    name = f"[{quote(host.name, safe=':')}]" if ":" in host.name else quote(host.name, safe="")
    return name if host.port is None else f"{name}:{host.port}"


def _not_a_url() -> ValueError:
    return ValueError("is not a PostgreSQL URL (characters such as @ : / ? # in a password are percent-encoded)")


def _check_parameter(name: str, value: str, parameters: Mapping[str, str]) -> None:
    if (choices := _CHOICES.get(name)) is not None:
        if value not in choices:
            raise ValueError(f"has an unknown or impossible {name}, which is one of {', '.join(choices)}")
    elif name in _NUMBERS:
        if not _NUMBER.fullmatch(value):
            raise ValueError(f"has a {name} that is not a number")
    elif name in _FILES:
        _check_file(name, value, parameters)
    elif name in _IMPOSSIBLE:
        raise ValueError(f"has the parameter {name}, which the service's driver does not have; leave it out")
    elif name not in _TEXTS:
        # Its name may be a part of a password in which a question mark was not encoded.
        raise ValueError("has a parameter that is none of libpq's connection parameters")


def _check_file(parameter: str, path: str, parameters: Mapping[str, str]) -> None:
    if parameter == "sslrootcert" and path == "system":
        return
    if parameter.startswith("ssl") and parameters.get("sslmode") == "disable":
        return
    try:
        with Path(path).open("rb"):
            return
    except OSError as error:
        raise ValueError(f"names a file as {parameter} that cannot be read ({error.strerror})") from None


def _check_service(name: str) -> None:
    file = environ.get("PGSERVICEFILE") or "~/.pg_service.conf"
    services = ConfigParser()
    try:
        services.read(Path(file).expanduser())
    except (OSError, RuntimeError, BadServiceFile):
        raise ValueError(f"names a service, but {file} cannot be read") from None
    if not services.has_section(name):
        raise ValueError(f"names a service that {file} does not define (PGSERVICEFILE names another file)")
