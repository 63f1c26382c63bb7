"""Lists in settings: words with commas between them, as an environment variable holds them, or a list in YAML."""

import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Final, cast

_NAME: Final = re.compile(r"\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")

_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_ROOT_PATH: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*")


def hosts(value: object) -> object:
    """Reads host names, `*.example.com` for all below a name, `*` for all, and IP addresses; none with a port."""
    return _each(value, _host)


def origins(value: object) -> object:
    """Reads origins as browsers send them: scheme, host and, unless it is the scheme's own, port."""
    return _each(value, _origin)


def header_names(value: object) -> object:
    """Reads names of headers; case does not matter in them."""
    return _each(value, _header_name)


def networks(value: object) -> object:
    """Reads IP addresses and networks, or `*` for all."""
    return _each(value, _network)


def root_path(value: str) -> str:
    """Reads a path whose segments need no encoding; a slash at its end does not count."""
    path = value.removesuffix("/")
    if not _ROOT_PATH.fullmatch(path):
        raise ValueError("is no path such as /store")
    return path


def _each(value: object, read: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return tuple(read(word) for part in value.split(",") if (word := part.strip().lower()))
    if isinstance(value, list):
        return tuple(read(str(item).strip().lower()) for item in cast("list[object]", value))
    return value


def _host(word: str) -> str:
    try:
        return str(ip_address(word.removeprefix("[").removesuffix("]")))
    except ValueError:
        if not _NAME.fullmatch(word):
            raise ValueError(f"names {word!r}, which is no host") from None
        return word


def _origin(word: str) -> str:
    if not _ORIGIN.fullmatch(word):
        raise ValueError(f"names {word!r}, which is no origin")
    return word


def _header_name(word: str) -> str:
    if not _HEADER.fullmatch(word):
        raise ValueError(f"names {word!r}, which is no header")
    return word


def _network(word: str) -> str:
    if word == "*":
        return word
    try:
        return str(ip_network(word) if "/" in word else ip_address(word))
    except ValueError:
        raise ValueError(f"names {word!r}, which is neither an IP address nor a network") from None
