"""Webhooks and their dead letters in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Executable, Row, Update, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from datastore_service.application.changes.position import Position
from datastore_service.application.views import JsonText
from datastore_service.application.webhooks.webhook import DeadLetter, Webhook
from datastore_service.infrastructure.database.availability import unavailability_reported
from datastore_service.infrastructure.database.engine import WriteEngine
from datastore_service.infrastructure.database.joining import joined
from datastore_service.infrastructure.database.models import DeadLetterRow, WebhookRow

_webhooks = WebhookRow.__table__
_letters = DeadLetterRow.__table__

_REPLAYED_AT_A_TIME: Final = 20


@dataclass(frozen=True, slots=True)
class SqlWebhookStore:
    """One transaction a call. A lease is the owner's name and when it runs out."""

    engine: WriteEngine

    async def get(self, name: str) -> Webhook | None:
        rows = await self._rows(select(_webhooks).where(_webhooks.c.name == name))
        return _webhook(rows[0]) if rows else None

    async def all(self) -> Sequence[Webhook]:
        return [_webhook(row) for row in await self._rows(select(_webhooks).order_by(_webhooks.c.name.collate("C")))]

    async def put(self, webhook: Webhook, instead_of: Webhook | None, *, moving: bool) -> bool:
        values = asdict(webhook)
        del values["position"]
        values["cursor"] = str(webhook.position)
        if instead_of is None:
            made = insert(_webhooks).values(values).on_conflict_do_nothing(index_elements=[_webhooks.c.name])
            return await self._changed(made)
        kept = {"name", "created_at", *(() if moving else ("cursor", "failures", "last_error"))}
        changes = {column: value for column, value in values.items() if column not in kept}
        return await self._changed(update(_webhooks).where(_is_still(instead_of)).values(changes))

    async def remove(self, webhook: Webhook) -> bool:
        return await self._changed(delete(_webhooks).where(_is_still(webhook)))

    async def claim(self, owner: str, now: datetime, until: datetime) -> Sequence[Webhook]:
        is_free = or_(_webhooks.c.leased_by.is_(None), _webhooks.c.leased_by == owner, _webhooks.c.leased_until < now)
        claimed = (
            update(_webhooks)
            .where(_webhooks.c.enabled, is_free)
            .values(leased_by=owner, leased_until=until)
            .returning(*_webhooks.c)
        )
        return [_webhook(row) for row in await self._rows(claimed)]

    async def release(self, owner: str) -> None:
        free = update(_webhooks).where(_webhooks.c.leased_by == owner).values(leased_by=None, leased_until=None)
        await self._changed(free)

    async def advance(self, name: str, owner: str, position: Position) -> bool:
        values = {"cursor": str(position), "failures": 0, "last_error": None}
        return await self._changed(_of_owner(name, owner).values(values))

    async def failed(self, name: str, owner: str, failures: int, again_at: datetime, error: str) -> bool:
        values = {"failures": failures, "next_attempt_at": again_at, "last_error": error}
        return await self._changed(_of_owner(name, owner).values(values))

    async def bury(self, letter: DeadLetter, owner: str, position: Position) -> bool:
        values = {"cursor": str(position), "failures": 0, "last_error": letter.error}
        with unavailability_reported():
            async with self.engine.begin() as connection:
                moved = await connection.execute(_of_owner(letter.webhook, owner).values(values))
                if moved.rowcount:
                    await connection.execute(insert(_letters).values(asdict(letter)))
                return bool(moved.rowcount)

    async def letters(self, name: str, most: int) -> Sequence[DeadLetter]:
        found = select(_letters).where(_letters.c.webhook == name).order_by(_letters.c.id).limit(most)
        return [_letter(row) for row in await self._rows(found)]

    async def count_letters(self) -> int:
        ((count,),) = await self._rows(select(func.count()).select_from(_letters))
        return count

    async def ask_for_replay(self, name: str, letter_id: UUID | None) -> int:
        asked = update(_letters).where(_letters.c.webhook == name).values(replaying=True)
        if letter_id is not None:
            asked = asked.where(_letters.c.id == letter_id)
        return (await self._execute(asked)).rowcount

    async def to_replay(self, name: str) -> Sequence[DeadLetter]:
        found = select(_letters).where(_letters.c.webhook == name, _letters.c.replaying).order_by(_letters.c.id)
        return [_letter(row) for row in await self._rows(found.limit(_REPLAYED_AT_A_TIME))]

    async def replayed(self, letter: DeadLetter, error: str | None, at: datetime) -> None:
        if error is None:
            await self._changed(delete(_letters).where(_letters.c.id == letter.id))
            return
        values = {"replaying": False, "failures": letter.failures + 1, "error": error, "failed_at": at}
        await self._changed(update(_letters).where(_letters.c.id == letter.id).values(values))

    async def _rows(self, statement: Executable) -> list[Row[*tuple[Any, ...]]]:
        with unavailability_reported():
            async with joined(self.engine) as connection:
                return list(await connection.execute(statement))

    async def _execute(self, statement: Executable) -> CursorResult[Any]:
        with unavailability_reported():
            async with joined(self.engine) as connection:
                return await connection.execute(statement)

    async def _changed(self, statement: Executable) -> bool:
        return (await self._execute(statement)).rowcount > 0


def _is_still(webhook: Webhook) -> ColumnElement[bool]:
    return and_(_webhooks.c.name == webhook.name, _webhooks.c.updated_at == webhook.updated_at)


def _of_owner(name: str, owner: str) -> Update:
    return update(_webhooks).where(_webhooks.c.name == name, _webhooks.c.leased_by == owner)


def _webhook(row: Row[*tuple[Any, ...]]) -> Webhook:
    return Webhook(
        name=row.name,
        url=row.url,
        collection=row.collection,
        secret=row.secret,
        enabled=row.enabled,
        position=Position.parse(row.cursor, "cursor"),
        failures=row.failures,
        next_attempt_at=row.next_attempt_at,
        last_error=row.last_error,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _letter(row: Row[*tuple[Any, ...]]) -> DeadLetter:
    return DeadLetter(
        id=row.id,
        webhook=row.webhook,
        message_id=row.message_id,
        body=JsonText(row.body),
        failures=row.failures,
        error=row.error,
        failed_at=row.failed_at,
        replaying=row.replaying,
    )
