"""Webhooks and their dead letters in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Executable,
    Row,
    Update,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from datastore_service.application.feed.webhook import DeadLetter, Webhook
from datastore_service.application.position import Position
from datastore_service.application.views import JsonText
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.joining import joined
from datastore_service.infrastructure.database.engine.pools import WriteEngine
from datastore_service.infrastructure.database.feed.places import expect_of_this_log, is_of_this_log
from datastore_service.infrastructure.database.schema.models import DeadLetterRow, WebhookRow

_webhooks = WebhookRow.__table__
_letters = DeadLetterRow.__table__

_REPLAYED_AT_A_TIME: Final = 20


@dataclass(frozen=True, slots=True)
class SqlWebhookStore:
    """One transaction for each call. A lease consists of the owner's name and its expiry."""

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
            return await self._changed(made, webhook.position)
        kept = {"name", "created_at", *(() if moving else ("cursor", "failures", "last_error"))}
        changes = {column: value for column, value in values.items() if column not in kept}
        changed = update(_webhooks).where(_is_still(instead_of)).values(changes)
        return await self._changed(changed, webhook.position if moving else None)

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

    async def holds(self, webhook: Webhook, owner: str, now: datetime) -> bool:
        in_force = select(_webhooks.c.name).where(
            _is_still(webhook), _is_leased_to(owner), _webhooks.c.leased_until > now
        )
        return bool(await self._rows(in_force))

    async def advance(self, webhook: Webhook, owner: str, position: Position) -> bool:
        return await self._changed(_moved(webhook, owner, position, None))

    async def failed(self, webhook: Webhook, owner: str, failures: int, again_at: datetime, error: str) -> bool:
        values = {"failures": failures, "next_attempt_at": again_at, "last_error": error}
        return await self._changed(update(_webhooks).where(_is_still(webhook), _is_leased_to(owner)).values(values))

    async def bury(self, webhook: Webhook, letter: DeadLetter, owner: str, position: Position) -> bool:
        with translate_database_errors():
            async with self.engine.begin() as connection:
                moved = await connection.execute(_moved(webhook, owner, position, letter.error))
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

    async def replayed(self, webhook: Webhook, letter: DeadLetter, owner: str, error: str | None, at: datetime) -> bool:
        in_force = exists().where(_is_still(webhook), _is_leased_to(owner))
        is_letter = and_(_letters.c.id == letter.id, in_force)
        if error is None:
            return await self._changed(delete(_letters).where(is_letter))
        values = {"replaying": False, "failures": letter.failures + 1, "error": error, "failed_at": at}
        return await self._changed(update(_letters).where(is_letter).values(values))

    async def _rows(self, statement: Executable) -> list[Row[*tuple[Any, ...]]]:
        with translate_database_errors():
            async with joined(self.engine) as connection:
                return list(await connection.execute(statement))

    async def _execute(self, statement: Executable, position: Position | None = None) -> CursorResult[Any]:
        """Executes a statement; if it stores a position, first makes sure that this may be stored."""
        with translate_database_errors():
            async with joined(self.engine) as connection:
                if position is not None:
                    await expect_of_this_log(connection, position)
                return await connection.execute(statement)

    async def _changed(self, statement: Executable, position: Position | None = None) -> bool:
        return (await self._execute(statement, position)).rowcount > 0


def _is_still(webhook: Webhook) -> ColumnElement[bool]:
    return and_(_webhooks.c.name == webhook.name, _webhooks.c.updated_at == webhook.updated_at)


def _is_leased_to(owner: str) -> ColumnElement[bool]:
    return _webhooks.c.leased_by == owner


def _moved(webhook: Webhook, owner: str, position: Position, error: str | None) -> Update:
    is_there = and_(_is_still(webhook), _is_leased_to(owner), is_of_this_log(position))
    values = {"cursor": str(position), "failures": 0, "last_error": error}
    return update(_webhooks).where(is_there).values(values)


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
