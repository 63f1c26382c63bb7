"""Records and tombstones by id, for both sides."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from datastore_service.infrastructure.database.engine.batching import Batcher
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pool import Pool, Row, Rows
from datastore_service.infrastructure.database.engine.replicated_pool import may_share_statements
from datastore_service.infrastructure.database.engine.statements import prepared
from datastore_service.infrastructure.database.schema.record_rows import record_columns
from datastore_service.infrastructure.database.schema.views import record_view

_MOST: Final = 64
"""A larger group would not cost less, and all of a group is held in memory at once."""

_UNDER_WAY: Final = 2
"""Two cost as little as one, and with a distant database the second need not wait for the first."""


class RecordsById:
    """Reads `record_view`; concurrent reads share a statement (adr/0049)."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._asked = Batcher(self._in_order, most=_MOST, under_way=_UNDER_WAY)

    async def one(self, record_id: UUID) -> Row | None:
        """Returns the committed row, or None.

        Raises:
            StoreUnavailable: The database cannot be reached.
        """
        if may_share_statements(self._pool):
            return await self._asked.submit(record_id)
        return (await self._in_order([record_id]))[0]

    async def those(self, record_ids: Collection[UUID]) -> Rows:
        """Returns the rows that exist, in any order.

        Raises:
            StoreUnavailable: The database cannot be reached.
        """
        with translate_database_errors():
            return await self._pool.fetch(_BY_IDS, [list(record_ids)])

    async def _in_order(self, record_ids: Sequence[UUID]) -> Sequence[Row | None]:
        found = {row["id"]: row for row in await self.those(record_ids)}
        return [found.get(record_id) for record_id in record_ids]


_BY_IDS: Final = prepared(
    select(*record_columns(record_view)).where(record_view.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
).text
