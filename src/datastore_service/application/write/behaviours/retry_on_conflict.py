"""Retries a command after a write conflict, finally with row locks."""

from typing import Any, Final

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.mediator import Step
from datastore_service.application.messages import Command, LockingCommand, Message, UnrepeatableCommand
from datastore_service.application.request_context import IdempotencyKey, current_context
from datastore_service.application.write.attempts import Attempts, NeedsLocks, WriteConflict

_ATTEMPTS: Final = 2


class RetryOnConflict:
    """Runs a command without locks first, which is faster, and with locks if that fails (adr/0050).

    There are at most two attempts without locks. An attempt with locks that PostgreSQL ended because of a deadlock, or
    that read a record with a later time than its own, runs once more (adr/0050, adr/0042).
    """

    def concerns(self, message: type[Message[Any]], /) -> bool:
        """Takes commands that can be carried out again."""
        return issubclass(message, Command) and not issubclass(message, UnrepeatableCommand)

    async def __call__(self, following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        idempotency_key = current_context().idempotency_key
        with Attempts() as attempts:
            # With an Idempotency-Key, the unit of work locks the key first, so there is no attempt without locks.
            if idempotency_key is None and not isinstance(message, LockingCommand):
                for _ in range(_ATTEMPTS):
                    attempts.lockless = True
                    try:
                        return await following(message)
                    except NeedsLocks:
                        break
                    except (WriteConflict, StoreUnavailable) as error:
                        _expect_to_have_given_way(error)
            attempts.lockless = False
            return await _with_locks(following, message, idempotency_key)


async def _with_locks(following: Step, message: Message[Any], idempotency_key: IdempotencyKey | None) -> Any:  # noqa: ANN401 - the message's own result
    try:
        return await following(message)
    except StoreUnavailable as error:
        _expect_to_have_given_way(error)
        if idempotency_key is not None:
            idempotency_key.repeat_command()
        return await following(message)


def _expect_to_have_given_way(error: WriteConflict | StoreUnavailable) -> None:
    if isinstance(error, StoreUnavailable) and not error.gave_way:
        raise error
