"""Pages of lists that are ordered by id, for every view."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

from datastore_service.application.pagination import PageRequest
from datastore_service.infrastructure.database.availability import unavailability_reported
from datastore_service.infrastructure.database.engine import ReadEngine
from datastore_service.infrastructure.database.pool import Rows


async def read_rows(engine: ReadEngine, query: Select[*tuple[Any, ...]], **values: object) -> Rows:
    """Runs one query on a connection of its own; its columns are the attributes of the rows.

    Args:
        engine: The read pool.
        query: The query. Built once and run often it costs least: then `values` are those of its `bindparam`s.
        values: The values of parameters that the query only names.

    Raises:
        StoreUnavailable: The database cannot be reached.
    """
    with unavailability_reported():
        return await engine.read(query, values)


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
