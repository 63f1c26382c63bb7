"""What both doors do with the tables."""

import os
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload
from uuid_utils.compat import uuid7

from bench.plain.tables import Link, Record, Revision

engine: Final = create_async_engine(os.environ["DATABASE_URL"], pool_size=16, max_overflow=0)
sessions: Final = async_sessionmaker(engine, expire_on_commit=False)


async def session() -> AsyncGenerator[AsyncSession]:
    """Opens a session for a request."""
    async with sessions() as opened:
        yield opened


def add(store: AsyncSession, collection: str, payload: Any, tags: Sequence[str]) -> Record:  # noqa: ANN401 - JSON
    """Adds a record and the first revision of it."""
    now = datetime.now(UTC)
    record = Record(
        id=uuid7(), collection=collection, version=1, payload=payload, tags=[*tags], created_at=now, updated_at=now
    )
    store.add_all([record, _revision(record)])
    return record


def change(store: AsyncSession, record: Record, payload: Any, tags: Sequence[str]) -> None:  # noqa: ANN401 - JSON
    """Changes a record, and adds the revision."""
    record.version += 1
    record.payload, record.tags, record.updated_at = payload, [*tags], datetime.now(UTC)
    store.add(_revision(record))


def _revision(record: Record) -> Revision:
    return Revision(
        record_id=record.id,
        version=record.version,
        payload=record.payload,
        tags=record.tags,
        at=record.updated_at,
    )


async def page(
    store: AsyncSession, collection: str | None, city: str | None, after: UUID | None, size: int
) -> tuple[Sequence[Record], bool]:
    """Returns records in the order of their ids, and whether there are more."""
    query = select(Record).order_by(Record.id).limit(size + 1)
    if collection is not None:
        query = query.where(Record.collection == collection)
    if city is not None:
        query = query.where(Record.payload["city"].astext == city)
    if after is not None:
        query = query.where(Record.id > after)
    found = (await store.scalars(query)).all()
    return found[:size], len(found) > size


async def linked(store: AsyncSession, source: UUID, relation: str, size: int) -> Sequence[Record]:
    """Returns the records that links lead to."""
    query = select(Link).where(Link.source_id == source, Link.relation == relation).order_by(Link.target_id).limit(size)
    return [link.target for link in await store.scalars(query.options(joinedload(Link.target)))]
