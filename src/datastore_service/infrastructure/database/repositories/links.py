"""Links in their table."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Row, Uuid, any_, delete, insert, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.domain.links.link import Link
from datastore_service.domain.links.repository import LinkKey
from datastore_service.infrastructure.database.models import LinkRow

_links = LinkRow.__table__
_key = (_links.c.source_id, _links.c.relation, _links.c.target_id)


class SqlLinkRepository:
    """The links as one transaction sees them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, source: UUID, relation: str, target: UUID) -> Link | None:
        found = await self._connection.execute(select(_links).where(_is(source, relation, target)))
        row = found.one_or_none()
        return None if row is None else _link(row)

    async def add(self, link: Link) -> None:
        await self._connection.execute(
            insert(_links).values(
                id=link.id,
                source_id=link.source,
                relation=link.relation,
                target_id=link.target,
                created_at=link.created_at,
            )
        )

    async def remove(self, source: UUID, relation: str, target: UUID) -> bool:
        removed = await self._connection.execute(
            delete(_links).where(_is(source, relation, target)).returning(_links.c.id)
        )
        return removed.one_or_none() is not None

    async def any_to(self, record_id: UUID) -> Link | None:
        to_it = select(_links).where(_links.c.target_id == record_id, _links.c.source_id != record_id)
        row = (await self._connection.execute(to_it.limit(1))).one_or_none()
        return None if row is None else _link(row)

    async def hold(self, record_ids: Collection[UUID], keys: Collection[LinkKey]) -> None:
        ids = literal([*record_ids], ARRAY(Uuid))
        named = tuple_(*_key).in_([*keys])
        meant = (_links.c.source_id == any_(ids)) | (_links.c.target_id == any_(ids)) | named
        await self._connection.execute(select(_links.c.id).where(meant).order_by(*_key).with_for_update())

    async def detach(self, record_id: UUID) -> None:
        of_it = select(*_key).where((_links.c.source_id == record_id) | (_links.c.target_id == record_id))
        # In one order for all, so that no two who delete records that are linked to each other wait for each other.
        held = of_it.order_by(*_key).with_for_update().cte("held")
        await self._connection.execute(delete(_links).where(tuple_(*_key).in_(select(held))))


def _is(source: UUID, relation: str, target: UUID) -> ColumnElement[bool]:
    return (_links.c.source_id == source) & (_links.c.relation == relation) & (_links.c.target_id == target)


def _link(row: Row[*tuple[Any, ...]]) -> Link:
    return Link(id=row.id, source=row.source_id, relation=row.relation, target=row.target_id, created_at=row.created_at)
