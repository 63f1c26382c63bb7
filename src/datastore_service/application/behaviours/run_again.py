"""A command whose ground has moved is carried out again, at last with locks."""

from typing import Any, Final

from datastore_service.application.attempts import LocksNeeded, Superseded, without_locks
from datastore_service.application.mediator import Step
from datastore_service.application.messages import Message, RepeatableCommand
from datastore_service.application.origin import current_origin

_ATTEMPTS: Final = 2


class RunAgain:
    """Tries a repeatable command without locks, which is faster, before it is carried out with them (adr/0050)."""

    async def __call__(self, following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        # A kept answer needs a lock on its key from the start.
        if isinstance(message, RepeatableCommand) and current_origin().once is None:
            for _ in range(_ATTEMPTS):
                try:
                    with without_locks():
                        return await following(message)
                except LocksNeeded:
                    break
                except Superseded:
                    continue
        return await following(message)
