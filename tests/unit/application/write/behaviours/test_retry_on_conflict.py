"""Commands whose ground has moved are carried out again."""

from dataclasses import dataclass
from typing import Any, Final

import pytest

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.messages import Command, LockingCommand, Message, UnrepeatableCommand
from datastore_service.application.request_context import IdempotencyKey, RequestContext, SendingIn, current_context
from datastore_service.application.write.attempts import WriteConflict, may_do_without_locks
from datastore_service.application.write.behaviours.retry_on_conflict import RetryOnConflict

DEADLOCK: Final = StoreUnavailable("Others were first.", gave_way=True)


@dataclass(frozen=True, slots=True)
class Change(Command[str]):
    pass


@dataclass(frozen=True, slots=True)
class Revert(LockingCommand[str]):
    pass


@dataclass(frozen=True, slots=True)
class Send(UnrepeatableCommand[str]):
    pass


class Step:
    """Ends each attempt as it is told, and the last one well."""

    def __init__(self, *ends: Exception) -> None:
        self.ends = list(ends)
        self.attempts: list[str] = []

    async def __call__(self, _message: Message[Any], /) -> str:
        idempotency_key = current_context().idempotency_key
        how = "without locks" if may_do_without_locks() else "with locks"
        self.attempts.append(idempotency_key.key_of_next_command() if idempotency_key else how)
        if self.ends:
            raise self.ends.pop(0)
        return "done"


async def test_the_last_attempt_has_locks() -> None:
    step = Step(WriteConflict(), WriteConflict())

    assert await RetryOnConflict()(step, Change()) == "done"
    assert step.attempts == ["without locks", "without locks", "with locks"]


async def test_gives_a_deadlocked_command_another_attempt() -> None:
    step = Step(WriteConflict(), WriteConflict(), DEADLOCK)

    assert await RetryOnConflict()(step, Change()) == "done"
    assert step.attempts[2:] == ["with locks", "with locks"]


async def test_a_locking_command_has_locks_from_the_start_and_another_attempt() -> None:
    step = Step(DEADLOCK)

    assert await RetryOnConflict()(step, Revert()) == "done"
    assert step.attempts == ["with locks", "with locks"]


async def test_repeats_a_command_under_its_own_key() -> None:
    step = Step(DEADLOCK)

    with SendingIn(RequestContext(idempotency_key=IdempotencyKey("key"))):
        await RetryOnConflict()(step, Change())
        await RetryOnConflict()(step, Change())

    assert step.attempts == ["key", "key", "key #2"]


def test_does_not_concern_commands_that_cannot_be_repeated() -> None:
    assert [RetryOnConflict().concerns(command) for command in (Change, Revert, Send)] == [True, True, False]


@pytest.mark.parametrize(
    ("command", "ends", "attempts"),
    [
        (Change(), [StoreUnavailable("Away.")], 1),
        (Revert(), [StoreUnavailable("Away.")], 1),
        (Revert(), [DEADLOCK, DEADLOCK], 2),
        (Change(), [WriteConflict(), WriteConflict(), DEADLOCK, DEADLOCK], 4),
    ],
)
async def test_gives_up_after_the_last_attempt(command: Command[str], ends: list[Exception], attempts: int) -> None:
    step = Step(*ends)

    with pytest.raises(StoreUnavailable):
        await RetryOnConflict()(step, command)

    assert len(step.attempts) == attempts
