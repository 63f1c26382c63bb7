"""Consumers in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from datastore_service.application.feed.consumer import Consumer
from datastore_service.application.position import Position
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.joining import joined
from datastore_service.infrastructure.database.engine.pools import WriteEngine
from datastore_service.infrastructure.database.feed.places import expect_of_this_log
from datastore_service.infrastructure.database.schema.models import ConsumerRow

_consumers = ConsumerRow.__table__


@dataclass(frozen=True, slots=True)
class SqlConsumerStore:
    """One statement for each call, on the primary, so that reads see the latest position."""

    engine: WriteEngine

    async def get(self, name: str) -> Consumer | None:
        with translate_database_errors():
            async with joined(self.engine) as connection:
                row = (await connection.execute(select(_consumers).where(_consumers.c.name == name))).one_or_none()
        return None if row is None else _consumer(row)

    async def all(self) -> Sequence[Consumer]:
        with translate_database_errors():
            async with joined(self.engine) as connection:
                rows = await connection.execute(select(_consumers).order_by(_consumers.c.name.collate("C")))
                return [_consumer(row) for row in rows]

    async def put(self, name: str, position: Position, at: datetime, instead_of: Consumer | None) -> bool:
        new = {"cursor": str(position), "acknowledged_at": at}
        if instead_of is None:
            statement = (
                insert(_consumers)
                .values(name=name, created_at=at, **new)
                .on_conflict_do_nothing(index_elements=[_consumers.c.name])
                .returning(_consumers.c.name)
            )
        else:
            statement = update(_consumers).where(_is_still(instead_of)).values(new).returning(_consumers.c.name)
        with translate_database_errors():
            async with joined(self.engine) as connection:
                await expect_of_this_log(connection, position)
                return (await connection.execute(statement)).one_or_none() is not None

    async def remove(self, consumer: Consumer) -> bool:
        removal = delete(_consumers).where(_is_still(consumer)).returning(_consumers.c.name)
        with translate_database_errors():
            async with joined(self.engine) as connection:
                return (await connection.execute(removal)).one_or_none() is not None


def _is_still(consumer: Consumer) -> ColumnElement[bool]:
    return and_(
        _consumers.c.name == consumer.name,
        _consumers.c.cursor == str(consumer.position),
        _consumers.c.acknowledged_at == consumer.acknowledged_at,
    )


def _consumer(row: Row[*tuple[Any, ...]]) -> Consumer:
    return Consumer(
        name=row.name,
        position=Position.parse(row.cursor, "cursor"),
        created_at=row.created_at,
        acknowledged_at=row.acknowledged_at,
    )
