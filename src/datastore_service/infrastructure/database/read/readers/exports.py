"""Exports: COPY straight from the view into the stream."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import ARRAY, ColumnElement, DateTime, Select, Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.read.ports.exports import ExportForm
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pool import Lent
from datastore_service.infrastructure.database.engine.pools import ReadPool
from datastore_service.infrastructure.database.engine.silence import Watch
from datastore_service.infrastructure.database.engine.statements import runnable
from datastore_service.infrastructure.database.read.record_texts import record_text
from datastore_service.infrastructure.database.read.texts import bare_moment
from datastore_service.infrastructure.database.schema.record_columns import RECORD, RecordColumn
from datastore_service.infrastructure.database.schema.views import collection_view, record_view

_AHEAD: Final = 16
"""Pieces that are read before the client has taken them; PostgreSQL waits with the others."""

_FOREVER: Final = 10.0 * 365 * 86400

# Characters that JSON text never holds stand for CSV's own, so that COPY leaves each line as it is.
_AS_IT_IS: Final = {"format": "csv", "delimiter": "\x02", "quote": "\x01"}
_CSV: Final = {"format": "csv", "header": True}


class SqlRecordExporter:
    """Copies `record_view` in one read-only transaction a stream."""

    def __init__(self, engine: ReadPool) -> None:
        self._engine = engine
        # Clients take as long over an export as they like; questions find a connection all the same.
        self._turns = asyncio.Semaphore(max(1, engine.connections.most // 2))

    async def begin(self, collection: str | None, form: ExportForm, /) -> AsyncGenerator[bytes]:
        pieces = self._pieces(_of(collection, form), form)
        # The first piece, or the lack of any, is had before anything is promised.
        first = await anext(pieces, b"")
        return _resumed(first, pieces)

    async def _pieces(self, query: Select[*tuple[Any, ...]], form: ExportForm) -> AsyncGenerator[bytes]:
        with translate_database_errors():
            async with self._turn(), self._engine.connection() as connection:
                pieces: asyncio.Queue[bytes | Exception | None] = asyncio.Queue(_AHEAD)
                copying = asyncio.create_task(_copy(connection, query, form, pieces, self._engine.watch))
                try:
                    while piece := await pieces.get():
                        if isinstance(piece, Exception):
                            raise piece
                        yield bytes(piece)
                finally:
                    if not copying.done():
                        # PostgreSQL is in the middle of its copy, and takes no other statement before that has ended.
                        connection.terminate()
                        copying.cancel()
                        await asyncio.wait([copying])

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        try:
            async with asyncio.timeout(self._engine.patience):
                await self._turns.acquire()
        except TimeoutError as error:
            raise StoreUnavailable("As many exports are under way as there may be at once.") from error
        try:
            yield
        finally:
            self._turns.release()


async def _copy(
    connection: Lent,
    query: Select[*tuple[Any, ...]],
    form: ExportForm,
    pieces: asyncio.Queue[bytes | Exception | None],
    watch: Watch,
) -> None:
    """Puts the pieces into the queue, and at last nothing, or the error that has ended them."""

    async def put(piece: bytes) -> None:
        # Now it is the client that is waited for, and no connection that may have fallen silent.
        watch.end(connection)
        await pieces.put(piece)
        watch.begin(connection)

    statement, arguments = runnable(query, {})
    options: dict[str, Any] = dict(_AS_IT_IS if form == "ndjson" else _CSV)
    try:
        with watch.over(connection):
            async with connection.transaction():
                await connection.execute("SET LOCAL statement_timeout = 0")
                await connection.copy_from_query(statement, *arguments, output=put, timeout=_FOREVER, **options)
    except Exception as error:  # noqa: BLE001 - the reader of the pieces raises it
        task = asyncio.current_task()
        # A cancelled export ends with an error of the driver's, and no reader is left to make room for it in the queue.
        if task is None or not task.cancelling():
            await pieces.put(error)
    else:
        await pieces.put(None)


async def _resumed(first: bytes, others: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    try:
        yield first
        async for piece in others:
            yield piece
    finally:
        await others.aclose()


def _of(collection: str | None, form: ExportForm) -> Select[*tuple[Any, ...]]:
    query = (_ROWS if form == "csv" else _LINES).where(record_view.c.deleted_at.is_(None)).order_by(record_view.c.id)
    if collection is not None:
        its_id = select(collection_view.c.id).where(collection_view.c.name == collection).scalar_subquery()
        query = query.where(record_view.c.collection_id == its_id)
    return query


def _cell(column: RecordColumn) -> ColumnElement[Any]:
    """Returns a column of an export as CSV: JSON as text, and times as JSON has them."""
    value = record_view.c[column.name]
    match column.type:
        case JSONB():
            return cast(value, Text).label(column.name)
        case ARRAY():
            return cast(func.to_json(value), Text).label(column.name)
        case DateTime():
            return bare_moment(value).label(column.name)
        case _:
            return value


_LINES: Final = select(record_text(record_view)).select_from(record_view)
_ROWS: Final = select(*[_cell(column) for column in RECORD if not column.nullable])
CSV_MEMBERS: Final = tuple(column.name for column in _ROWS.selected_columns)
"""The header of an export as CSV."""
