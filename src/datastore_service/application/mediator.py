"""The one way into the application: finds a message's handler and runs it inside the behaviours."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, Protocol, cast

from datastore_service.application.messages import Composite, Handler, Message
from datastore_service.application.origin import Origin, originating
from datastore_service.application.ports.graphs import NotReadableAtOnce

type Step = Callable[[Message[Any]], Awaitable[Any]]


class Behaviour(Protocol):
    """What happens around each send: logging, authorization and the like."""

    async def __call__(self, following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        """Answers the message, as a rule by awaiting `following(message)`; `current_origin()` tells who sends it."""
        ...


class UnknownMessage(LookupError):
    """No handler is registered for a message's type."""


class Mediator:
    """Sends each message to its handler, through all behaviours; the first is the outermost."""

    def __init__(
        self, handlers: Mapping[type[Message[Any]], Handler[Any, Any]], behaviours: Sequence[Behaviour] = ()
    ) -> None:
        self._pipelines: dict[type[Message[Any]], Step] = {
            message: _composed(cast("Step", handler.handle), behaviours)
            if issubclass(message, Composite)
            else _surrounded(cast("Step", handler.handle), behaviours)
            for message, handler in handlers.items()
        }

    async def send[R](self, message: Message[R], origin: Origin | None = None) -> R:
        """Carries the message out and returns its result.

        Args:
            message: What is to be done.
            origin: Who asks for it; by default nobody in particular.

        Raises:
            UnknownMessage: Nothing handles this type of message.
            Forbidden: The actor may not send it.
            DomainError: The handler refuses; see `Handler.handle`.
        """
        pipeline = self._pipelines.get(type(message))
        if pipeline is None:
            raise UnknownMessage(f"Nothing handles {type(message).__name__}; add it to application/registry.py.")
        with originating(origin or Origin()):
            return await pipeline(message)


def _surrounded(step: Step, behaviours: Sequence[Behaviour]) -> Step:
    def around(following: Step, behaviour: Behaviour) -> Step:
        return partial(behaviour, following)

    return reduce(around, reversed(behaviours), step)


def _composed(step: Step, behaviours: Sequence[Behaviour]) -> Step:
    """Sends each part through all behaviours, the next one inside of it; innermost, the whole is handled.

    The whole is read as it is asked for: where a behaviour sends another message on than it was given, it is not.
    """

    async def pipeline(message: Message[Any]) -> Any:  # noqa: ANN401 - the message's own result
        def around(inner: Callable[[], Awaitable[Any]], part: Message[Any]) -> Callable[[], Awaitable[Any]]:
            async def unchanged(given: Message[Any]) -> Any:  # noqa: ANN401 - the message's own result
                if given is not part:
                    raise NotReadableAtOnce("A part of it is narrowed.")
                return await inner()

            return partial(_surrounded(unchanged, behaviours), part)

        return await reduce(around, reversed(cast("Composite[Any]", message).parts), partial(step, message))()

    return pipeline


@dataclass(frozen=True, slots=True)
class Sender:
    """The mediator, as one request sees it."""

    mediator: Mediator
    origin: Origin

    async def send[R](self, message: Message[R]) -> R:
        """Carries the message out as coming from the request; see `Mediator.send`."""
        return await self.mediator.send(message, self.origin)
