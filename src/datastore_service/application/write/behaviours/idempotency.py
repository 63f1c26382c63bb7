"""A client that repeats a command under the same `Idempotency-Key` gets the first answer again."""

from collections.abc import Awaitable
from dataclasses import dataclass
from functools import partial
from typing import Any

from datastore_service.application.errors import IdempotencyKeyInFlight, IdempotencyKeyReused
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Step
from datastore_service.application.messages import Command, Message, result_type
from datastore_service.application.ports.clock import Clock
from datastore_service.application.request_context import IdempotencyKey, current_context
from datastore_service.application.write.fingerprint import fingerprint, former_fingerprint
from datastore_service.application.write.ports.stored_responses import RepeatableRequest, StoredResponse
from datastore_service.application.write.ports.unit_of_work import UnitOfWorkFactory
from datastore_service.domain.errors import DomainError


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Stores a command's response in the same transaction as its changes, if the request has an `Idempotency-Key`.

    A refusal (`DomainError`) is a response too, and is stored. An error that says nothing about the command, such as
    `StoreUnavailable`, is not stored.
    """

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    limits: Limits

    def concerns(self, message: type[Message[Any]], /) -> bool:
        """Takes commands."""
        return issubclass(message, Command)

    def __call__(self, following: Step, message: Message[Any], /) -> Awaitable[Any]:
        key = current_context().idempotency_key
        return following(message) if key is None else self._once(following, message, key)

    async def _once(self, following: Step, command: Message[Any], key: IdempotencyKey) -> Any:  # noqa: ANN401 - the message's own result
        answer = await self._answer(following, command, key)
        if isinstance(answer.outcome, DomainError):
            raise answer.outcome
        return answer.outcome

    async def _answer(self, following: Step, command: Message[Any], key: IdempotencyKey) -> StoredResponse:
        request = self._request(command, key)
        try:
            async with self.unit_of_work() as work:
                kept = await work.stored_responses.find(request, result_type(type(command)))
                if kept is not None:
                    key.replayed = True
                    return kept
                answer = StoredResponse(await following(command))
                await work.stored_responses.keep(request, answer)
                await work.commit()
        except (IdempotencyKeyInFlight, IdempotencyKeyReused):
            raise
        except DomainError as refusal:
            return await self._refused(StoredResponse(refusal), command, request, key)
        return answer

    async def _refused(
        self,
        refusal: StoredResponse,
        command: Message[Any],
        request: RepeatableRequest,
        key: IdempotencyKey,
    ) -> StoredResponse:
        """Stores a refusal and returns it. If a repetition has stored a response meanwhile, returns that response.

        The refusal has rolled back the command's transaction and so released the lock on the key. Another request
        with the same key may have taken the lock since then, and may have succeeded.

        Raises:
            IdempotencyKeyInFlight: Another request with the same key is still running.
        """
        async with self.unit_of_work() as work:
            kept = await work.stored_responses.find(request, result_type(type(command)))
            if kept is not None:
                key.replayed = True
                return kept
            await work.stored_responses.keep(request, refusal)
            await work.commit()
        return refusal

    def _request(self, command: Message[Any], key: IdempotencyKey) -> RepeatableRequest:
        now = self.clock.now()
        return RepeatableRequest(
            actor=current_context().actor.id,
            key=key.key_of_next_command(),
            fingerprint=fingerprint(command),
            former_fingerprint=partial(former_fingerprint, command),
            at=now,
            expires_at=now + self.limits.answers_kept_for,
        )
