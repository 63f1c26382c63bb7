"""Pages of lists, for every view."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select

from datastore_service.application.pagination import PageRequest
from datastore_service.infrastructure.database.availability import unavailability_reported
from datastore_service.infrastructure.database.engine import ReadEngine
from datastore_service.infrastructure.database.pool import Rows
from datastore_service.infrastructure.database.readers.orders import ListOrder


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
    engine: ReadEngine,
    items: Select[*tuple[Any, ...]],
    key: ColumnElement[UUID],
    request: PageRequest,
    order: ListOrder | None = None,
) -> tuple[Rows, bool | None]:
    """Returns the rows of a page, up to one more than its limit, and whether any are behind where it starts.

    Args:
        engine: The read pool.
        items: The whole list, not ordered.
        key: The column of the ids.
        request: Which part is wanted.
        order: How the list is ordered; None is by id.

    Raises:
        StoreUnavailable: The database cannot be reached.
    """
    order = order or ListOrder.by_id(key)
    page = items.limit(request.limit + 1).order_by(*order.clauses(backwards=request.backwards))
    if request.after is not None:
        page = page.where(order.beyond(request.after, ahead=True))
    if request.before is not None:
        page = page.where(order.beyond(request.before, ahead=False))
    start = request.start
    if start is None or not request.look_behind:
        return await read_rows(engine, page), None
    # Either the record at the place is still there, or another one is on its other side.
    other_side = or_(key == start.record_id, order.beyond(start, ahead=request.backwards))
    behind = items.with_only_columns(key, maintain_column_froms=True).where(other_side).exists()
    # One statement, and so one moment; a page without rows has none to carry the answer.
    rows = await read_rows(engine, page.add_columns(behind.label("behind")))
    is_behind = rows[0].behind if rows else (await read_rows(engine, select(behind.label("behind"))))[0].behind
    return rows, is_behind
