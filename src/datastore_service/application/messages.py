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

    It is tried without locks first, which is several times as fast, and carried out with locks if others interfere or
    the unit of work needs them (adr/0050). So its handler may run up to four times, and has no effect but through its
    one unit of work. A command for which that does not hold is one of the following two.
    """

    __slots__ = ()


class LockingCommand[R](Command[R]):
    """A command that is carried out with locks from the start; one that a deadlock has ended gets another attempt.

    For what an attempt without locks cannot do: links, histories, collections, and aggregates of your own.
    """

    __slots__ = ()


class UnrepeatableCommand[R](LockingCommand[R]):
    """A command that is carried out once, for it takes what cannot be had again, or does more than its unit of work."""

    __slots__ = ()


class Query[R](Message[R]):
    """A message that reads, and changes nothing."""

    __slots__ = ()


class Unknown:
    """A member of a query that only the store knows; if the query is sent again, it has the value."""

    __slots__ = ()


class Composite[R](Query[R], ABC):
    """A query that answers others at once: to the behaviours it is those others, and nothing itself."""

    __slots__ = ()

    @property
    @abstractmethod
    def parts(self) -> Sequence[Query[Any]]:
        """The queries that it is made of."""
        ...


class NotReadableAtOnce(Exception):
    """The parts have to be read one by one: that tells what is wrong, or finds nothing wrong."""


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
