"""The request that a message is part of, and the actor who sends it."""

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from datastore_service.application.advice import Advice
from datastore_service.application.messages import Message, Unknown
from datastore_service.domain.errors import DomainError
from datastore_service.domain.immutable import immutable


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The sender of a message.

    Attributes:
        id: The actor's name, which stays the same: of a token, its subject.
        claims: What else the authenticator vouches for, such as roles; an authorization judges by it.
    """

    id: str
    claims: Mapping[str, object] = field(default_factory=dict[str, object])


ANONYMOUS: Final = Actor(id="anonymous")


@dataclass(slots=True)
class IdempotencyKey:
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
        """Gives the next command the key of the last one. The caller is about to run the same command again."""
        self._commands -= 1


@dataclass(slots=True)
class Writes:
    """Whether a request has sent a command. If so, its later reads have to see what the command wrote."""

    made: bool = False


type Judge = Callable[[Message[Any], Actor], Awaitable[Message[Any]]]
"""Returns the message as the actor may send it, or raises a `DomainError`."""


@dataclass(slots=True)
class Judgements:
    """What each judge has said of the messages of a request, for those of them that are sent once more.

    Attributes:
        are_final: Whether messages are sent once more from now on, and what was said of them holds.
    """

    are_final: bool = False
    _known: list[tuple[Judge, Message[Any], Message[Any] | DomainError]] = field(
        default_factory=list[tuple[Judge, Message[Any], Message[Any] | DomainError]]
    )

    async def judged(self, judge: Judge, message: Message[Any], actor: Actor) -> Message[Any]:
        """Has a message judged, unless an equal one was and is sent once more: then the same holds for this one.

        Raises:
            DomainError: The judge refuses it.
        """
        judgement = self._take(judge, message)
        if judgement is None:
            try:
                judgement = await judge(message, actor)
            except DomainError as refusal:
                judgement = refusal
            self._known.append((judge, message, judgement))
        if isinstance(judgement, DomainError):
            raise judgement
        return judgement

    def _take(self, judge: Judge, message: Message[Any]) -> Message[Any] | DomainError | None:
        """Returns what was said of an equal message, and forgets it; None where nothing was, or may not be said yet.

        A message that did not know all of its members yet is equal to each that has the same others.
        """
        if not self.are_final:
            return None
        of_judge = [(index, known, said) for index, (by, known, said) in enumerate(self._known) if by == judge]
        for index, known, judged in of_judge:
            if known == message:
                del self._known[index]
                return message if judged is known else judged
        for _, known, judged in of_judge:
            if type(known) is type(message) and _completed(known, message) == message:
                if isinstance(judged, DomainError):
                    return judged
                return message if judged is known else _completed(judged, message)
        return None


def _completed(message: Message[Any], by: Message[Any]) -> Message[Any]:
    """Returns a message with those members that it does not know as another of its type has them."""
    incomplete: Any = message
    unknown = [each.name for each in fields(incomplete) if isinstance(getattr(message, each.name), Unknown)]
    return replace(incomplete, **{name: getattr(by, name) for name in unknown}) if unknown else message


@immutable
class RequestContext:
    """What is true of all messages of one request.

    Attributes:
        actor: Who has made the request.
        correlation_id: What the request is called in logs and in the answers to it.
        idempotency_key: Given if the request must not be carried out twice.
        writes: Given if the request's own reads are to see what it wrote.
        advice: Given if the request wants to know what would make its questions cost less: where that is put.
        judgements: Given while messages are sent that may be sent once more: each is judged once.
    """

    actor: Actor = ANONYMOUS
    correlation_id: str | None = None
    idempotency_key: IdempotencyKey | None = None
    writes: Writes | None = None
    advice: list[Advice] | None = None
    judgements: Judgements | None = None

    def judged_once(self, judgements: Judgements) -> "RequestContext":
        """Returns the same context, for messages that may be sent once more."""
        return RequestContext(
            actor=self.actor,
            correlation_id=self.correlation_id,
            idempotency_key=self.idempotency_key,
            writes=self.writes,
            advice=self.advice,
            judgements=judgements,
        )


SYSTEM: Final = RequestContext()
"""The context of what the service does by itself."""


async def judged_once(judge: Judge, message: Message[Any]) -> Message[Any]:
    """Has the current message judged: once, also where the request sends it once more.

    A GraphQL document is read as a whole at first. If that cannot be, each of its messages is sent on its own.

    Args:
        judge: Says what the actor may send; a method of a behaviour, as a rule.
        message: The message.

    Raises:
        DomainError: The judge refuses it.
    """
    context = current_context()
    if context.judgements is None:
        return await judge(message, context.actor)
    return await context.judgements.judged(judge, message, context.actor)


_origin: Final[ContextVar[RequestContext]] = ContextVar("request_context", default=SYSTEM)


def current_context() -> RequestContext:
    """Returns the context of the message that is being carried out."""
    return _origin.get()


class SendingIn:
    """Makes this the current request context until the `with` block ends."""

    __slots__ = ("_before", "_origin")

    _before: Token[RequestContext]

    def __init__(self, context: RequestContext) -> None:
        self._origin = context

    def __enter__(self) -> None:
        self._before = _origin.set(self._origin)

    def __exit__(self, *_: object) -> None:
        _origin.reset(self._before)
