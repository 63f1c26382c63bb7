"""Retries a command after a write conflict, finally with row locks."""

from typing import Any, Final

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.mediator import Step
from datastore_service.application.messages import Command, LockingCommand, Message, UnrepeatableCommand
from datastore_service.application.request_context import IdempotencyKey, current_context
from datastore_service.application.write.attempts import Attempts, NeedsLocks, WriteConflict

_ATTEMPTS: Final = 2


class RetryOnConflict:
    """Tries a command without locks, which is faster, before it is carried out with them (adr/0050).

    A command that gave way to others has another attempt (adr/0050, adr/0042).
    """

    def concerns(self, message: type[Message[Any]], /) -> bool:
        """Takes commands that can be carried out again."""
        return issubclass(message, Command) and not issubclass(message, UnrepeatableCommand)

    async def __call__(self, following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        once = current_context().once
        with Attempts() as attempts:
            # A kept answer needs a lock on its key from the start.
            if once is None and not isinstance(message, LockingCommand):
                for _ in range(_ATTEMPTS):
                    attempts.lockless = True
                    try:
                        return await following(message)
                    except NeedsLocks:
                        break
                    except (WriteConflict, StoreUnavailable) as error:
                        _expect_to_have_given_way(error)
            attempts.lockless = False
            return await _with_locks(following, message, once)


async def _with_locks(following: Step, message: Message[Any], once: IdempotencyKey | None) -> Any:  # noqa: ANN401 - the message's own result
    try:
        return await following(message)
    except StoreUnavailable as error:
        _expect_to_have_given_way(error)
        if once is not None:
            once.repeat_command()
        return await following(message)


def _expect_to_have_given_way(error: WriteConflict | StoreUnavailable) -> None:
    if isinstance(error, StoreUnavailable) and not error.gave_way:
        raise error
