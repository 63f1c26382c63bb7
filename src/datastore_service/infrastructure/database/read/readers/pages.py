"""Pages of lists, for all views."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select

from datastore_service.application.errors import AnswerTooLarge
from datastore_service.application.read.pagination import PageRequest
from datastore_service.infrastructure.database.engine.constants import number
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pool import Pool, Rows, bytes_of_texts
from datastore_service.infrastructure.database.engine.pools import ReadPool
from datastore_service.infrastructure.database.engine.statements import runnable
from datastore_service.infrastructure.database.read.readers.bound_queries import BoundQuery, Placeholder, bound
from datastore_service.infrastructure.database.read.readers.forms import PageForm
from datastore_service.infrastructure.database.read.readers.orders import ListOrder
from datastore_service.infrastructure.database.read.readers.sizes import with_texts


async def read_rows(engine: Pool, query: Select[*tuple[Any, ...]], **values: object) -> Rows:
    """Runs one query on a borrowed connection; its columns are attributes of the rows.

    Args:
        engine: A pool of the read side.
        query: The query. It is cheapest if it is built once, with `bindparam`s for `values`.
        values: The values of its named parameters.

    Raises:
        StoreUnavailable: The database cannot be reached.
    """
    with translate_database_errors():
        return await engine.read(query, values)


type RowsOf = Callable[[Collection[UUID]], Select[*tuple[Any, ...]]]
"""Selects the rows of several records' pages, with the payloads as they are stored and the record as `of_record`."""


async def rows_of_each(
    pool: Pool, rows_of: RowsOf, record_ids: Collection[UUID], limit: int, most: int, *, least: int = 1
) -> Mapping[UUID, tuple[Rows, bool]]:
    """Returns the rows of each record's page, cut if they are too large together.

    Args:
        pool: A pool of the read side.
        rows_of: Selects the rows; those of one record are consecutive.
        record_ids: The records.
        limit: The maximum number of rows of a page.
        most: The maximum size of the texts of all pages together, in bytes.
        least: The minimum number of rows of a page, however large they are.

    Returns:
        The rows of each record that has any, and whether it has more.

    Raises:
        AnswerTooLarge: The minimum of several records exceeds the size.
        StoreUnavailable: The database cannot be reached.
    """
    share = most // max(1, len(record_ids))
    rows = await read_rows(pool, with_texts(rows_of(record_ids), share // limit))
    pages: dict[UUID, tuple[Rows, bool]] = {}
    total = 0
    for record_id, found in groupby(rows, lambda row: row.of_record):
        page, cut = list(found), False
        if any(row.version is not None and row.payload is None for row in page):
            with translate_database_errors():
                page, cut = await pool.fetch_within(*runnable(with_texts(rows_of([record_id])), {}), share, least)
            total += sum(map(bytes_of_texts, page))
            if total > most and len(record_ids) > 1:
                raise AnswerTooLarge(most)
        pages[record_id] = (page, cut)
    return pages


@dataclass(frozen=True, slots=True)
class PagePart:
    """The part of a list that a page is taken from.

    Attributes:
        found: The rows between the positions of the page, in its own direction.
        behind: Whether there is anything on the other side of the page's start; None if it starts at the list's end.
    """

    found: Select[*tuple[Any, ...]]
    behind: ColumnElement[bool] | None

    @classmethod
    def of(
        cls,
        items: Select[*tuple[Any, ...]],
        key: ColumnElement[UUID],
        order: ListOrder,
        form: PageForm,
        bind: Placeholder,
    ) -> Self:
        """Returns the part for a page.

        Args:
            items: The whole list, not ordered.
            key: The column of the ids.
            order: The order of the list.
            form: The form of the page.
            bind: Makes the SQL of the positions.
        """
        found, behind = items.order_by(*order.clauses(backwards=form.backwards)), None
        for name, ahead, is_given in (("after", True, form.after), ("before", False, form.before)):
            if is_given:
                place = order.place(name, bind)
                found = found.where(order.beyond(place, ahead=ahead))
                if name == form.start:
                    # Either the record at the position still exists, or another one is on its other side.
                    other_side = or_(key == place[-1], order.beyond(place, ahead=not ahead))
                    behind = items.with_only_columns(key, maintain_column_froms=True).where(other_side).exists()
        return cls(found, behind)


@dataclass(frozen=True, slots=True)
class PageQuery:
    """The statements of a page.

    Attributes:
        rows: Its rows in its own direction, up to one more than its limit; each has the result of `behind`.
        behind: Whether there is anything before the start of the page; None if that is not needed or impossible.
    """

    rows: Select[*tuple[Any, ...]]
    behind: Select[*tuple[bool]] | None

    @classmethod
    def of(cls, part: PagePart, form: PageForm) -> Self:
        """Makes the statements of a page."""
        rows = part.found.limit(number(form.limit + 1))
        if not form.look_behind or part.behind is None:
            return cls(rows, None)
        behind = part.behind.label("behind")
        return cls(rows.add_columns(behind), select(behind))


async def read_page(
    engine: ReadPool, items: Select[*tuple[Any, ...]], key: ColumnElement[UUID], request: PageRequest
) -> tuple[Rows, bool | None]:
    """Returns the rows of a page of a list by id, up to one more than its limit, and whether there are rows behind it.

    Args:
        engine: The read pool.
        items: The whole list, not ordered.
        key: The column of the ids.
        request: The requested page.

    Raises:
        StoreUnavailable: The database cannot be reached.
    """
    form, bind = PageForm.of(request), bound(BoundQuery.of(page=request))
    page = PageQuery.of(PagePart.of(items, key, ListOrder.by_id(key), form, bind), form)
    rows = await read_rows(engine, page.rows)
    if page.behind is None:
        return rows, None
    # One statement sees one state; only a page without rows needs a second one for the answer.
    found = rows or await read_rows(engine, page.behind)
    return rows, found[0].behind
