"""Pages of lists, for every view."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, literal_column, or_, select

from datastore_service.application.pagination import Cursor, PageRequest
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
    page = limited(part_of(items, request, order), request.limit)
    start = request.start if request.look_behind else None
    behind = is_behind(items, key, start, order, backwards=request.backwards)
    if behind is None:
        return await read_rows(engine, page), None
    # One statement, and so one moment; a page without rows has none to carry the answer.
    rows = await read_rows(engine, page.add_columns(behind.label("behind")))
    found = rows or await read_rows(engine, select(behind.label("behind")))
    return rows, found[0].behind


def limited[S: Select[*tuple[Any, ...]]](page: S, limit: int) -> S:
    """Leaves out what is beyond one row more than the limit, which stands in the statement.

    PostgreSQL plans for what it sees; as a parameter it would keep it from settling on a plan (adr/0052).
    """
    return page.limit(literal_column(str(limit + 1), Integer))


def part_of(items: Select[*tuple[Any, ...]], request: PageRequest, order: ListOrder) -> Select[*tuple[Any, ...]]:
    """Returns the rows between the places of a request, in its own direction."""
    part = items.order_by(*order.clauses(backwards=request.backwards))
    if request.after is not None:
        part = part.where(order.beyond(request.after, ahead=True))
    if request.before is not None:
        part = part.where(order.beyond(request.before, ahead=False))
    return part


def is_behind(
    items: Select[*tuple[Any, ...]],
    key: ColumnElement[UUID],
    start: Cursor | None,
    order: ListOrder,
    *,
    backwards: bool,
) -> ColumnElement[bool] | None:
    """Tells whether a list has anything on the other side of where a page starts; None if that is its own start."""
    if start is None:
        return None
    # Either the record at the place is still there, or another one is on its other side.
    other_side = or_(key == start.record_id, order.beyond(start, ahead=backwards))
    return items.with_only_columns(key, maintain_column_froms=True).where(other_side).exists()
