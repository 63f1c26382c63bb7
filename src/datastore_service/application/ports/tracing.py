"""Who follows the messages through the service."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Literal, Protocol


class SendTracer(Protocol):
    """Makes a span of each message."""

    def message(
        self, kind: Literal["command", "query"], message: str, /
    ) -> AbstractContextManager[Callable[[str], None]]:
        """Begins a span that ends with the context; what is done within it belongs to it.

        Args:
            kind: Whether it is to change the store.
            message: The name of its type.

        Returns:
            What is told the outcome: `ok`, or the code of a refusal. Untold, it has failed.
        """
        ...
