"""The path below which a proxy serves the service, as addresses in answers need it."""

from contextvars import ContextVar
from typing import Final

_current: Final[ContextVar[str]] = ContextVar("prefix", default="")


def prefix() -> str:
    """Returns the prefix of the request that is answered, such as `/store`, or an empty text."""
    return _current.get()


def answer_below(path: str) -> None:
    """Has addresses in the answer to this request begin with a path."""
    _current.set(path)
