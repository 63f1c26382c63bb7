"""What is sent through the mediator, and what answers it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import get_original_bases
from typing import Any, Protocol, get_args


class Message[R]:
    """A request to the application that is answered with an R."""

    __slots__ = ()


class Command[R](Message[R]):
    """A message that changes the store: one unit of work, all or nothing.

    The behaviour `RetryOnConflict` first runs it without locks, which is several times as fast. It runs it with locks
    if another command changes the same records, or if the unit of work needs locks (adr/0050). So a handler may run up
    to four times. It opens one unit of work, and changes nothing outside of that. A command whose handler cannot do so
    derives from one of the next two classes.
    """

    __slots__ = ()


class LockingCommand[R](Command[R]):
    """A command that is carried out with locks from the start; one that a deadlock has ended gets another attempt.

    For what an attempt without locks cannot do: links, histories, collections, and aggregates of your own.
    """

    __slots__ = ()


class UnrepeatableCommand[R](LockingCommand[R]):
    """A command that is carried out once: it reads a stream, or changes something outside of one unit of work."""

    __slots__ = ()


class Query[R](Message[R]):
    """A message that reads, and changes nothing."""

    __slots__ = ()


class Unknown:
    """A member whose value the store finds in the same statement. A query that is sent again has the value."""

    __slots__ = ()


class Composite[R](Query[R], ABC):
    """A query made of other queries and answered as one. Behaviours see its parts, never the whole."""

    __slots__ = ()

    @property
    @abstractmethod
    def parts(self) -> Sequence[Query[Any]]:
        """The queries that it is made of."""
        ...


class NotReadableAtOnce(Exception):
    """The parts cannot be read together. The caller sends each on its own, which either works or says what is wrong."""


def result_type(message: type[Message[Any]]) -> Any:  # noqa: ANN401 - a type, or what stands for one in annotations
    """Returns the R of a `Command[R]` or `Query[R]`."""
    (result,) = next(arguments for base in get_original_bases(message) if (arguments := get_args(base)))
    return result


class Handler[M: Message[Any], R](Protocol):
    """The one use case that answers messages of type M."""

    async def handle(self, message: M, /) -> R:
        """Carries the message out.

        Raises:
            DomainError: The request is refused; nothing was changed.
            StoreUnavailable: The store cannot be reached; the same message may be sent again.
        """
        ...
