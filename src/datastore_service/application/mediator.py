"""The one way into the application: finds a message's handler and runs it inside the behaviours."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Protocol, cast, runtime_checkable

from datastore_service.application.messages import Command, Composite, Handler, Message, NotReadableAtOnce
from datastore_service.application.request_context import SYSTEM, RequestContext, SendingIn
from datastore_service.domain.immutable import immutable

type Step = Callable[[Message[Any]], Awaitable[Any]]


class Behaviour(Protocol):
    """What happens around each send: logging, authorization and the like."""

    def __call__(self, following: Step, message: Message[Any], /) -> Awaitable[Any]:
        """Answers the message, as a rule by awaiting `following(message)`; `current_context()` tells who sends it.

        One that has nothing to do this time returns `following(message)` as it is.
        """
        ...


@runtime_checkable
class Selective(Protocol):
    """A behaviour for some types of messages only. The mediator does not run it around the others."""

    def concerns(self, message: type[Message[Any]], /) -> bool:
        """Tells whether the behaviour is for this type of message. The mediator asks once for each type."""
        ...


class UnknownMessage(LookupError):
    """No handler is registered for a message's type."""


class Mediator:
    """Sends each message to its handler, through all behaviours; the first is the outermost."""

    def __init__(
        self, handlers: Mapping[type[Message[Any]], Handler[Any, Any]], behaviours: Sequence[Behaviour] = ()
    ) -> None:
        self._pipelines: dict[type[Message[Any]], Step] = {
            message: _Composed(handler.handle, behaviours)
            if issubclass(message, Composite)
            else _surrounded(cast("Step", handler.handle), _concerned(behaviours, message))
            for message, handler in handlers.items()
        }

    async def send[R](self, message: Message[R], context: RequestContext | None = None) -> R:
        """Carries the message out and returns its result.

        Args:
            message: What is to be done.
            context: Of the request that sends the message; by default the service's own.

        Raises:
            UnknownMessage: Nothing handles this type of message.
            Forbidden: The actor may not send it.
            DomainError: The handler refuses; see `Handler.handle`.
        """
        pipeline = self._pipelines.get(type(message))
        if pipeline is None:
            raise UnknownMessage(f"Nothing handles {type(message).__name__}; add it to application/registry.py.")
        with SendingIn(context or SYSTEM):
            return await pipeline(message)


def _concerned(behaviours: Sequence[Behaviour], message: type[Message[Any]]) -> Sequence[Behaviour]:
    return [each for each in behaviours if not isinstance(each, Selective) or each.concerns(message)]


def _surrounded(step: Step, behaviours: Sequence[Behaviour]) -> Step:
    for behaviour in reversed(behaviours):
        step = partial(behaviour, step)
    return step


class _Composed:
    """Nests the behaviours of all parts of a `Composite`, the first part's outermost, around its one handler."""

    def __init__(self, handle: Callable[[Any], Awaitable[Any]], behaviours: Sequence[Behaviour]) -> None:
        self._handle = handle
        self._behaviours = behaviours
        self._of_parts: dict[type[Message[Any]], Sequence[Behaviour]] = {}

    def __call__(self, whole: Message[Any], /) -> Awaitable[Any]:
        following = partial(self._handle, whole)
        for part in reversed(cast("Composite[Any]", whole).parts):
            step = partial(_unchanged, part, following)
            following = partial(_surrounded(step, self._around(type(part))), part)
        return following()

    def _around(self, part: type[Message[Any]]) -> Sequence[Behaviour]:
        if part not in self._of_parts:
            self._of_parts[part] = _concerned(self._behaviours, part)
        return self._of_parts[part]


def _unchanged(part: Message[Any], following: Callable[[], Awaitable[Any]], given: Message[Any]) -> Awaitable[Any]:
    """Goes on to the next part. Raises if a behaviour has changed this part: the handler reads the whole as it was."""
    if given is not part:
        raise NotReadableAtOnce("A part of it is narrowed.")
    return following()


@immutable
class Sender:
    """The mediator, as one request sees it."""

    mediator: Mediator
    context: RequestContext

    def send[R](self, message: Message[R]) -> Coroutine[Any, Any, R]:
        """Carries the message out as coming from the request; see `Mediator.send`."""
        if self.context.writes is not None and isinstance(message, Command):
            self.context.writes.made = True
        return self.mediator.send(message, self.context)
