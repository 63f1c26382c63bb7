"""Who wants to know how the messages fare."""

from typing import Literal, Protocol


class SendMeter(Protocol):
    """Counts messages."""

    def message_sent(self, kind: Literal["command", "query"], message: str, outcome: str, seconds: float, /) -> None:
        """Notes that a message was carried out; returns at once.

        Args:
            kind: Whether it was to change the store.
            message: The name of its type.
            outcome: `ok`, the code of the refusal, or `failed`.
            seconds: How long it took.
        """
        ...

    def group_written(self, size: int, /) -> None:
        """Takes note of how many changes were written by one statement."""
        ...


class NullMeter:
    """Takes note of nothing."""

    def message_sent(self, kind: str, message: str, outcome: str, seconds: float, /) -> None:
        pass

    def group_written(self, size: int, /) -> None:
        pass
