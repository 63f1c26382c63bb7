"""The documents of a collection: a cursor over the view, in one transaction with one snapshot."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import Text, bindparam, cast, select

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.ports.documents import Document, DocumentPart
from datastore_service.application.views import JsonText
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pool import Row, bytes_of_texts
from datastore_service.infrastructure.database.engine.pools import ReadPool
from datastore_service.infrastructure.database.engine.statements import runnable
from datastore_service.infrastructure.database.engine.transaction_ids import TransactionId
from datastore_service.infrastructure.database.schema.views import collection_view, record_view, revision_view

_SNAPSHOT: Final = "SELECT now() AS as_of, pg_snapshot_xmin(pg_current_snapshot())::text AS mark"
_MOST_BYTES: Final = 4 * 1024 * 1024
"""The bytes of payloads after which a part ends."""

_documents = (
    select(record_view.c.id, record_view.c.version, cast(record_view.c.payload, Text).label("payload"))
    .where(
        record_view.c.collection_id
        == select(collection_view.c.id).where(collection_view.c.name == bindparam("collection")).scalar_subquery(),
        record_view.c.deleted_at.is_(None),
    )
    .order_by(record_view.c.id)
)
# All that began after the oldest transaction which the snapshot did not see, and so perhaps what it did see.
_changed = _documents.where(
    record_view.c.id.in_(
        select(revision_view.c.record_id).where(
            revision_view.c.xid >= bindparam("since", type_=TransactionId),
            revision_view.c.collection_id
            == select(collection_view.c.id).where(collection_view.c.name == bindparam("collection")).scalar_subquery(),
        )
    )
)


class SqlDocumentReader:
    """Reads `record_view` through the read pool."""

    def __init__(self, engine: ReadPool) -> None:
        self._engine = engine
        # Each reading has a connection for as long as it lasts.
        self._turn = asyncio.Semaphore(1)

    async def parts(self, collection: str, size: int, since: str | None = None, /) -> AsyncGenerator[DocumentPart]:
        statement, arguments = (
            runnable(_documents, {"collection": collection})
            if since is None
            else runnable(_changed, {"collection": collection, "since": int(since)})
        )
        with translate_database_errors():
            async with (
                self._in_turn(),
                self._engine.connection() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                with self._engine.in_time(connection):
                    [snapshot] = await connection.fetch(_SNAPSHOT)
                    cursor = await connection.cursor(statement, *arguments)
                has_more = True
                while has_more:
                    with self._engine.in_time(connection):
                        rows, has_more = await _part(cursor, size)
                    documents = [Document(row.id, row.version, JsonText(row.payload)) for row in rows]
                    yield DocumentPart(snapshot.as_of, documents, snapshot.mark)

    @asynccontextmanager
    async def _in_turn(self) -> AsyncGenerator[None]:
        try:
            async with asyncio.timeout(self._engine.patience):
                await self._turn.acquire()
        except TimeoutError as error:
            raise StoreUnavailable("The documents of a collection are being looked at; one is at a time.") from error
        try:
            yield
        finally:
            self._turn.release()


async def _part(cursor: Any, size: int) -> tuple[list[Row], bool]:  # noqa: ANN401 - asyncpg's, of rows of any type
    """Reads so many rows, or as many as there is room for; returns them and whether there may be more."""
    rows: list[Row] = []
    total, at_a_time = 0, 1
    while len(rows) < size and total < _MOST_BYTES:
        found = await cursor.fetch(min(at_a_time, size - len(rows)))
        if not found:
            return rows, False
        rows += found
        total += sum(map(bytes_of_texts, found))
        # Half of what there is room for, if they go on as large as they were.
        at_a_time = max(1, (_MOST_BYTES - total) * len(rows) // (2 * max(total, 1)))
    return rows, True
