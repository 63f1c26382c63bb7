"""The path prefix below which a proxy serves the service; addresses in responses contain it."""

from contextvars import ContextVar
from typing import Final

_current: Final[ContextVar[str]] = ContextVar("prefix", default="")


def prefix() -> str:
    """Returns the prefix of the current request, such as `/store`, or an empty text."""
    return _current.get()


def answer_below(path: str) -> None:
    """Sets the prefix of the addresses in the response to the current request."""
    _current.set(path)
