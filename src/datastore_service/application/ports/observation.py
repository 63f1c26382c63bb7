"""What is told of messages and of writes, for logs, metrics and traces."""

from collections.abc import Callable
from typing import Literal, Protocol

type Ending = Callable[[str, float], None]
"""Is called with the outcome of a message, which is `ok`, the code of a refusal or `failed`, and with its seconds."""


class SendObserver(Protocol):
    """Observes the messages that are sent; never what they carry."""

    def begins(self, kind: Literal["command", "query"], message: str, /) -> Ending | None:
        """Takes note that a message is being sent; returns at once.

        Args:
            kind: Whether it is to change the store.
            message: The name of its type.

        Returns:
            What is called when the message has been answered, in the same task; None if its end does not matter.
        """
        ...


class WriteMeter(Protocol):
    """Measures how the store writes."""

    def group_written(self, size: int, /) -> None:
        """Takes note of how many changes were written by one statement."""
        ...


class NullWriteMeter:
    """Takes note of nothing."""

    def group_written(self, size: int, /) -> None:
        pass
