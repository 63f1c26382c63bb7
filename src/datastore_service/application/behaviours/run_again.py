"""A command whose ground has moved is carried out again, at last with locks."""

from typing import Any, Final

from datastore_service.application.attempts import LocklessAttempt, LocksNeeded, Superseded
from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.mediator import Step
from datastore_service.application.messages import Message, OptimisticCommand, RepeatableCommand
from datastore_service.application.origin import current_origin

_ATTEMPTS: Final = 2


class RunAgain:
    """Tries an optimistic command without locks, which is faster, before it is carried out with them (adr/0050).

    A repeatable command that a deadlock ends has another attempt (adr/0053).
    """

    def concerns(self, message: type[Message[Any]], /) -> bool:
        """Takes repeatable commands."""
        return issubclass(message, RepeatableCommand)

    async def __call__(self, following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        once = current_origin().once
        # A kept answer needs a lock on its key from the start.
        if once is None and isinstance(message, OptimisticCommand):
            for _ in range(_ATTEMPTS):
                try:
                    with LocklessAttempt():
                        return await following(message)
                except LocksNeeded:
                    break
                except Superseded:
                    continue
        try:
            return await following(message)
        except StoreUnavailable as error:
            if not error.deadlocked:
                raise
            if once is not None:
                once.repeat_command()
            return await following(message)
