"""Where a message comes from: who sends it, and as a part of what."""

from collections.abc import Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datastore_service.application.advice import Advice


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Whoever sends a message.

    Attributes:
        id: The actor's name, which stays the same: of a token, its subject.
        claims: What else the authenticator vouches for, such as roles; an authorization judges by it.
    """

    id: str
    claims: Mapping[str, object] = field(default_factory=dict[str, object])


ANONYMOUS: Final = Actor(id="anonymous")


@dataclass(slots=True)
class Once:
    """That the commands of a request are carried out once, however often the request comes.

    Attributes:
        key: What the client calls the request; it is the actor's own.
        replayed: Whether an answer to the request was given before, and is only given again.
    """

    key: str
    replayed: bool = False
    _commands: int = 0

    def key_of_next_command(self) -> str:
        """Returns the key of the request's next command: the same for the same place in the same request."""
        self._commands += 1
        return self.key if self._commands == 1 else f"{self.key} #{self._commands}"

    def repeat_command(self) -> None:
        """Has the command that comes next take the key of the last one, which it is."""
        self._commands -= 1


@dataclass(slots=True)
class Writes:
    """Whether a request has sent a command: what it reads afterwards has to see what that wrote."""

    made: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What is true of all messages of one request.

    Attributes:
        actor: Who has made the request.
        correlation_id: What the request is called in logs and in the answers to it.
        once: Given if the request must not be carried out twice.
        writes: Given if the request's own reads are to see what it wrote.
        advice: Given if the request wants to know what would make its questions cost less: where that is put.
    """

    actor: Actor = ANONYMOUS
    correlation_id: str | None = None
    once: Once | None = None
    writes: Writes | None = None
    advice: "list[Advice] | None" = None


NOWHERE: Final = Origin()
"""The origin of what nobody in particular asks for."""

_origin: Final[ContextVar[Origin]] = ContextVar("origin", default=NOWHERE)


def current_origin() -> Origin:
    """Returns the origin of the message that is being carried out."""
    return _origin.get()


class Originating:
    """Makes this the current origin until the context ends."""

    __slots__ = ("_before", "_origin")

    _before: Token[Origin]

    def __init__(self, origin: Origin) -> None:
        self._origin = origin

    def __enter__(self) -> None:
        self._before = _origin.set(self._origin)

    def __exit__(self, *_: object) -> None:
        _origin.reset(self._before)
