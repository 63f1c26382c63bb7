"""Lists in settings: words with commas between them, as an environment variable holds them, or a list in YAML."""

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final, cast

_NAME: Final = re.compile(r"\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


def hosts(value: object) -> object:
    """Reads host names, `*.example.com` for all below a name, `*` for all, and IP addresses; none with a port."""
    return _each(value, _host)


def origins(value: object) -> object:
    """Reads origins as browsers send them: scheme, host and, unless it is the scheme's own, port."""
    return _each(value, _origin)


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
