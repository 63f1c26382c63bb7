"""Links."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Row, Uuid, any_, delete, insert, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.domain.links.link import Link
from datastore_service.domain.links.repository import LinkKey
from datastore_service.infrastructure.database.schema.models import LinkRow

_links = LinkRow.__table__
_key = (_links.c.source_id, _links.c.relation, _links.c.target_id)


class SqlLinkRepository:
    """The links in one transaction.

    Links that were held are read once, and their changes are written together.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._held_records: set[UUID] = set()
        self._held_keys: set[LinkKey] = set()
        self._links: dict[LinkKey, Link] = {}
        self._keys_of: dict[UUID, dict[LinkKey, None]] = {}
        self._added: dict[LinkKey, Link] = {}
        self._removed: list[UUID] = []

    async def get(self, source: UUID, relation: str, target: UUID) -> Link | None:
        key = (source, relation, target)
        if self._is_held(key):
            return self._links.get(key)
        found = await self._connection.execute(select(_links).where(_is(*key)))
        row = found.one_or_none()
        return None if row is None else _link(row)

    async def add(self, link: Link) -> None:
        key = (link.source, link.relation, link.target)
        if self._is_held(key):
            self._know(link)
            self._added[key] = link
        else:
            await self._connection.execute(insert(_links).values(_row(link)))

    async def remove(self, source: UUID, relation: str, target: UUID) -> bool:
        key = (source, relation, target)
        if self._is_held(key):
            return self._forget(key)
        removed = await self._connection.execute(delete(_links).where(_is(*key)).returning(_links.c.id))
        return removed.one_or_none() is not None

    async def any_to(self, record_id: UUID) -> Link | None:
        if record_id in self._held_records:
            keys = self._keys_of.get(record_id, {})
            return next((self._links[key] for key in keys if key[2] == record_id != key[0]), None)
        await self.flush()
        to_it = select(_links).where(_links.c.target_id == record_id, _links.c.source_id != record_id)
        row = (await self._connection.execute(to_it.limit(1))).one_or_none()
        return None if row is None else _link(row)

    async def hold(self, record_ids: Collection[UUID], keys: Collection[LinkKey]) -> None:
        await self.flush()
        ids = literal([*record_ids], ARRAY(Uuid))
        named = tuple_(*_key).in_([*keys])
        meant = (_links.c.source_id == any_(ids)) | (_links.c.target_id == any_(ids)) | named
        for row in await self._connection.execute(select(_links).where(meant).order_by(*_key).with_for_update()):
            self._know(_link(row))
        self._held_records.update(record_ids)
        self._held_keys.update(keys)

    async def detach(self, record_id: UUID) -> None:
        if record_id in self._held_records:
            for key in [*self._keys_of.get(record_id, {})]:
                self._forget(key)
            return
        await self.flush()
        of_it = select(*_key).where((_links.c.source_id == record_id) | (_links.c.target_id == record_id))
        # In one order, so that transactions that delete records with links to each other do not deadlock.
        held = of_it.order_by(*_key).with_for_update().cte("held")
        await self._connection.execute(delete(_links).where(tuple_(*_key).in_(select(held))))

    async def flush(self) -> None:
        """Writes the changes of the held links."""
        removed, added = self._removed, [*self._added.values()]
        self._removed, self._added = [], {}
        if removed:
            await self._connection.execute(delete(_links).where(_links.c.id == any_(literal(removed, ARRAY(Uuid)))))
        if added:
            await self._connection.execute(insert(_links), [_row(link) for link in added])

    def _is_held(self, key: LinkKey) -> bool:
        return key in self._held_keys or key[0] in self._held_records or key[2] in self._held_records

    def _know(self, link: Link) -> None:
        key = (link.source, link.relation, link.target)
        self._links[key] = link
        for record_id in {link.source, link.target}:
            self._keys_of.setdefault(record_id, {})[key] = None

    def _forget(self, key: LinkKey) -> bool:
        """Removes a held link, and tells whether it existed."""
        link = self._links.pop(key, None)
        if link is None:
            return False
        for record_id in {link.source, link.target}:
            del self._keys_of[record_id][key]
        if self._added.pop(key, None) is None:
            self._removed.append(link.id)
        return True


def _row(link: Link) -> dict[str, object]:
    return {
        "id": link.id,
        "source_id": link.source,
        "relation": link.relation,
        "target_id": link.target,
        "created_at": link.created_at,
    }


def _is(source: UUID, relation: str, target: UUID) -> ColumnElement[bool]:
    return (_links.c.source_id == source) & (_links.c.relation == relation) & (_links.c.target_id == target)


def _link(row: Row[*tuple[Any, ...]]) -> Link:
    return Link(id=row.id, source=row.source_id, relation=row.relation, target=row.target_id, created_at=row.created_at)
