"""A command that comes again gets the answer that it got the first time."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from datastore_service.application.errors import IdempotencyKeyInFlight, IdempotencyKeyReused
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Step
from datastore_service.application.messages import Command, Message, result_type
from datastore_service.application.ports.clock import Clock
from datastore_service.application.request_context import IdempotencyKey, current_context
from datastore_service.application.write.fingerprint import fingerprint
from datastore_service.application.write.ports.stored_responses import RepeatableRequest, StoredResponse
from datastore_service.application.write.ports.unit_of_work import UnitOfWorkFactory
from datastore_service.domain.errors import DomainError


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Keeps a command's answer in the same transaction as its changes, if the request says how to know it again.

    Refusals are answers, too. What says nothing of the command, such as a store that is away, is not.
    """

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    limits: Limits

    def concerns(self, message: type[Message[Any]], /) -> bool:
        """Takes commands."""
        return issubclass(message, Command)

    def __call__(self, following: Step, message: Message[Any], /) -> Awaitable[Any]:
        once = current_context().once
        return following(message) if once is None else self._once(following, message, once)

    async def _once(self, following: Step, command: Message[Any], once: IdempotencyKey) -> Any:  # noqa: ANN401 - the message's own result
        answer = await self._answer(following, command, once)
        if isinstance(answer.outcome, DomainError):
            raise answer.outcome
        return answer.outcome

    async def _answer(self, following: Step, command: Message[Any], once: IdempotencyKey) -> StoredResponse:
        request = self._request(command, once)
        try:
            async with self.unit_of_work() as work:
                kept = await work.answers.find(request, result_type(type(command)))
                if kept is not None:
                    once.replayed = True
                    return kept
                answer = StoredResponse(await following(command))
                await work.answers.keep(request, answer)
                await work.commit()
        except (IdempotencyKeyInFlight, IdempotencyKeyReused):
            raise
        except DomainError as refusal:
            return await self._refused(StoredResponse(refusal), command, request, once)
        return answer

    async def _refused(
        self, refusal: StoredResponse, command: Message[Any], request: RepeatableRequest, once: IdempotencyKey
    ) -> StoredResponse:
        """Keeps a refusal, unless a repetition of the request has been answered meanwhile: then that is the answer.

        The refusal has ended the command's transaction, and with it the hold on the key. A repetition may have taken
        hold of it since, and may have been carried out.

        Raises:
            IdempotencyKeyInFlight: A repetition is being carried out right now.
        """
        async with self.unit_of_work() as work:
            kept = await work.answers.find(request, result_type(type(command)))
            if kept is not None:
                once.replayed = True
                return kept
            await work.answers.keep(request, refusal)
            await work.commit()
        return refusal

    def _request(self, command: Message[Any], once: IdempotencyKey) -> RepeatableRequest:
        now = self.clock.now()
        return RepeatableRequest(
            actor=current_context().actor.id,
            key=once.key_of_next_command(),
            fingerprint=fingerprint(command),
            at=now,
            expires_at=now + self.limits.answers_kept_for,
        )
