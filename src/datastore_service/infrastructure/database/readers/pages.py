"""Pages of lists that are ordered by id, for every view."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, select

from datastore_service.application.pagination import PageRequest
from datastore_service.infrastructure.database.availability import unavailability_reported
from datastore_service.infrastructure.database.engine import ReadEngine

type Rows = Sequence[Row[*tuple[Any, ...]]]


async def read_rows(engine: ReadEngine, query: Select[*tuple[Any, ...]]) -> Rows:
    """Runs one query on a connection of its own.

    Raises:
        StoreUnavailable: The database cannot be reached.
    """
    with unavailability_reported():
        async with engine.connect() as connection:
            return list(await connection.execute(query))


async def read_page(
    engine: ReadEngine, items: Select[*tuple[Any, ...]], key: ColumnElement[UUID], request: PageRequest
) -> tuple[Rows, bool | None]:
    """Returns the rows of a page, up to one more than its limit, and whether any are behind where it starts.

    Args:
        engine: The read pool.
        items: The whole list, not ordered.
        key: The column that orders it.
        request: Which part is wanted.

    Raises:
        StoreUnavailable: The database cannot be reached.
    """
    page = items.limit(request.limit + 1).order_by(key.desc() if request.backwards else key)
    if request.after is not None:
        page = page.where(key > request.after.record_id)
    if request.before is not None:
        page = page.where(key < request.before.record_id)
    start = request.start
    if start is None or not request.look_behind:
        return await read_rows(engine, page), None
    other_side = key >= start.record_id if request.backwards else key <= start.record_id
    behind = items.with_only_columns(key, maintain_column_froms=True).where(other_side).exists()
    # One statement, and so one moment; a page without rows has none to carry the answer.
    rows = await read_rows(engine, page.add_columns(behind.label("behind")))
    is_behind = rows[0].behind if rows else (await read_rows(engine, select(behind.label("behind"))))[0].behind
    return rows, is_behind
