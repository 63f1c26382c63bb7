"""Stored responses, as JSON."""

import json
from typing import Any, Final, cast

from pydantic import TypeAdapter
from pydantic_core import to_json
from sqlalchemy import Text, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.errors import IdempotencyKeyInFlight, IdempotencyKeyReused
from datastore_service.application.write.ports.stored_responses import RepeatableRequest, StoredResponse
from datastore_service.domain.errors import DomainError
from datastore_service.domain.records.content import CONTENT_DEFAULTS
from datastore_service.infrastructure.database.schema.models import StoredResponseRow

_answers = StoredResponseRow.__table__
type _Content = dict[str, Any]

_EXPIRED_AT_A_TIME: Final = 10

_FORMER_NAMES: Final = {"HistoryNotKept": "HistoryExpired", "TimeNotCome": "AsOfInFuture"}
"""The class names of refusals that releases before adr/0097 have stored, and the present names."""


class SqlStoredResponses:
    """The stored responses in one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, request: RepeatableRequest, result_type: Any, /) -> StoredResponse | None:  # noqa: ANN401 - a type
        # A lock instead of the row, which exists only together with the response: no request waits, and a crash
        # releases it.
        lock = func.pg_try_advisory_xact_lock(func.hashtextextended(literal(f"{request.actor} {request.key}", Text), 0))
        if not await self._connection.scalar(select(lock)):
            raise IdempotencyKeyInFlight(request.key)
        await self._forget_expired(request)
        found = await self._connection.execute(
            select(_answers.c.fingerprint, _answers.c.answer).where(
                _answers.c.actor == request.actor, _answers.c.key == request.key
            )
        )
        row = found.one_or_none()
        if row is None:
            return None
        if not request.repeats(row.fingerprint):
            raise IdempotencyKeyReused(request.key)
        return loaded(row.answer, result_type)

    async def keep(self, request: RepeatableRequest, answer: StoredResponse, /) -> None:
        kept = insert(_answers).values(
            actor=request.actor,
            key=request.key,
            fingerprint=request.fingerprint,
            answer=dumped(answer),
            created_at=request.at,
            expires_at=request.expires_at,
        )
        added = await self._connection.execute(kept.on_conflict_do_nothing().returning(_answers.c.key))
        if added.one_or_none() is None:
            raise IdempotencyKeyInFlight(request.key)

    async def _forget_expired(self, request: RepeatableRequest) -> None:
        """Removes the request's own response if it has expired, and some other expired ones, so they do not pile up."""
        is_its_own = (_answers.c.actor == request.actor) & (_answers.c.key == request.key)
        has_expired = _answers.c.expires_at <= request.at
        await self._connection.execute(delete(_answers).where(is_its_own & has_expired))
        some = select(_answers.c.actor, _answers.c.key).where(has_expired).limit(_EXPIRED_AT_A_TIME)
        others = some.with_for_update(skip_locked=True).subquery()
        await self._connection.execute(
            delete(_answers).where(_answers.c.actor == others.c.actor, _answers.c.key == others.c.key)
        )


def dumped(answer: StoredResponse) -> str:
    """Writes a response as text that `loaded` reads."""
    outcome: object = answer.outcome
    if isinstance(outcome, DomainError):
        return json.dumps({"refusal": _dumped_error(outcome)})
    return f'{{"result":{to_json(outcome).decode()}}}'


def loaded(text: str, result_type: Any) -> StoredResponse:  # noqa: ANN401 - a type
    """Reads a response that this or a former release has stored; a record in it may lack new members."""
    content = json.loads(text, object_hook=_completed)
    if "refusal" in content:
        return StoredResponse(_loaded_error(content["refusal"]))
    return StoredResponse(TypeAdapter(result_type).validate_python(content["result"]))


def _completed(members: _Content) -> _Content:
    return {**CONTENT_DEFAULTS, **members} if "payload" in members else members


def _dumped_error(error: DomainError) -> _Content:
    parts = {
        name: {"error": _dumped_error(part)} if isinstance(part, DomainError) else part
        for name, part in vars(error).items()
    }
    return {"type": type(error).__name__, "parts": parts}


def _loaded_error(content: _Content) -> DomainError:
    name: str = content["type"]
    kind = _kinds(DomainError)[_FORMER_NAMES.get(name, name)]
    parts: _Content = content["parts"]
    error = kind.__new__(kind, parts["detail"])
    for name, part in parts.items():
        setattr(error, name, _loaded_error(cast("_Content", part)["error"]) if isinstance(part, dict) else part)
    return error


def _kinds(error: type[DomainError]) -> dict[str, type[DomainError]]:
    kinds = {error.__name__: error}
    for kind in error.__subclasses__():
        kinds |= _kinds(kind)
    return kinds
