"""Pages of records; statements are cached by form, because to build one takes longer than to run it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import ARRAY, FromClause, Select, Text, func, literal_column, select

from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import Page, PageRequest, TextPage
from datastore_service.application.views import JsonText
from datastore_service.infrastructure.database.engine.constants import constant
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pool import Row, Rows
from datastore_service.infrastructure.database.engine.pools import CustomPlanPool, ReadPool
from datastore_service.infrastructure.database.engine.statement_cache import StatementCache
from datastore_service.infrastructure.database.read.readers.bound_queries import (
    BoundQuery,
    Placeholder,
    PreparedStatement,
    StatementParameters,
    prepare,
)
from datastore_service.infrastructure.database.read.readers.forms import CriteriaForm, PageForm
from datastore_service.infrastructure.database.read.readers.orders import ListOrder
from datastore_service.infrastructure.database.read.readers.pages import PagePart, PageQuery
from datastore_service.infrastructure.database.read.readers.sizes import IS_LARGE, SmallOnly
from datastore_service.infrastructure.database.read.readers.sources import source_of
from datastore_service.infrastructure.database.read.readers.where import apply_criteria, search_of
from datastore_service.infrastructure.database.read.record_texts import record_text

type Columns = Callable[[FromClause], Select[*tuple[Any, ...]]]
"""Selects the wanted columns, including the id, from a source with the columns of `record_view`."""


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a page in its own direction, up to one more than its limit.

    Attributes:
        rows: The rows.
        behind: Whether there are rows behind its start; None if that was not requested.
        order: The order of the list.
        cut: Whether there are more rows, which do not fit.
    """

    rows: Rows
    behind: bool | None
    order: ListOrder
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _List:
    """The statements of a list.

    Attributes:
        rows: The rows of a page, without large payloads.
        is_large: Tells of a row whether its payload is large; None if no payload can be too large.
        whole: The same rows with all payloads; built when it is first needed.
    """

    rows: PreparedStatement
    behind: PreparedStatement | None
    order: ListOrder
    settles: bool
    is_large: Callable[[Row], bool] | None
    whole: Callable[[], PreparedStatement]


@dataclass(frozen=True, slots=True)
class _Text:
    """The statement of a page as text, and how the list is ordered."""

    row: PreparedStatement
    order: ListOrder
    settles: bool


class RecordLists:
    """Reads pages of records through the pools of the read side."""

    def __init__(self, engine: ReadPool, planning: CustomPlanPool, language: str, page_bytes: int) -> None:
        """Makes a reader without cached statements.

        Args:
            engine: For queries whose plan is always the same.
            planning: For all others.
            language: The text search configuration.
            page_bytes: The maximum size of a page's texts, in bytes.
        """
        self._engine = engine
        self._planning = planning
        self._language = language
        self._page_bytes = page_bytes
        self._lists = StatementCache(self._new_list)
        self._texts = StatementCache(self._new_text)

    async def found(self, columns: Columns, criteria: RecordCriteria, request: PageRequest) -> Found:
        """Reads a page.

        Args:
            columns: The columns to read; statements are cached by them, so there must be few different ones.
            criteria: The criteria.
            request: The requested page.

        Raises:
            StoreUnavailable: The database cannot be reached.
        """
        form = CriteriaForm.of(criteria)
        keys = (columns, form, PageForm.of(request))
        its = await self._lists.long(*keys) if form.is_long else self._lists.short(*keys)
        asked, pool = BoundQuery.of(criteria, request), self._engine if its.settles else self._planning
        with translate_database_errors():
            rows, cut = await pool.fetch(its.rows.text, its.rows.arguments(asked)), False
            if its.is_large is not None and any(map(its.is_large, rows)):
                whole = its.whole()
                rows, cut = await pool.fetch_within(whole.text, whole.arguments(asked), self._page_bytes)
            if its.behind is None:
                return Found(rows, None, its.order, cut)
            # One statement sees one state; only a page without rows needs a second one for the answer.
            found = rows or await pool.fetch(its.behind.text, its.behind.arguments(asked))
        return Found(rows, found[0].behind, its.order, cut)

    async def text(self, criteria: RecordCriteria, request: PageRequest) -> TextPage:
        """Reads a page as text, in one row; if a payload is large, or the list is read backwards, row by row.

        Raises:
            StoreUnavailable: The database cannot be reached.
        """
        if not request.backwards:
            form = CriteriaForm.of(criteria)
            keys = (form, PageForm.of(request))
            its = await self._texts.long(*keys) if form.is_long else self._texts.short(*keys)
            asked, pool = BoundQuery.of(criteria, request), self._engine if its.settles else self._planning
            with translate_database_errors():
                rows = await pool.fetch(its.row.text, its.row.arguments(asked))
            if not rows[0][IS_LARGE]:
                (last,) = its.order.places_of(rows)
                has_next = rows[0]["found"] > request.limit
                return TextPage(items=JsonText(f"[{rows[0]['text'] or ''}]"), next=last if has_next else None)
        found = await self.found(_as_text, criteria, request)
        return TextPage.of(page_of([row["text"] for row in found.rows], request, found))

    def _new_text(self, criteria: CriteriaForm, page: PageForm) -> _Text:
        parameters = StatementParameters()

        def small(source: FromClause) -> Select[*tuple[Any, ...]]:
            only = SmallOnly(source, self._page_bytes // (page.limit + 1))
            return _as_text(cast("FromClause", only)).add_columns(cast("Any", only.is_large).label(IS_LARGE))

        items, source, order = ordered(small, criteria, parameters, self._language)
        rows = PageQuery.of(PagePart.of(items, source.c.id, order, page, parameters), page).rows
        return _Text(prepare(_in_one_row(rows, page.limit), parameters), order, criteria.settles)

    def _new_list(self, columns: Columns, criteria: CriteriaForm, page: PageForm) -> _List:
        tells: list[Callable[[Row], bool]] = []

        def small(source: FromClause) -> Select[*tuple[Any, ...]]:
            only = SmallOnly(source, self._page_bytes // (page.limit + 1))
            selected = columns(cast("FromClause", only))
            if only.is_large is None:
                return selected
            # By its place, as looking a name up in each row takes longer than all else that is done with the row.
            tells.append(itemgetter(len(selected.selected_columns)))
            return selected.add_columns(only.is_large.label(IS_LARGE))

        rows, behind, order = self._statements(small, criteria, page)
        whole = cache(lambda: self._statements(columns, criteria, page)[0])
        return _List(rows, behind, order, criteria.settles, tells[0] if tells else None, whole)

    def _statements(
        self, columns: Columns, criteria: CriteriaForm, page: PageForm
    ) -> tuple[PreparedStatement, PreparedStatement | None, ListOrder]:
        parameters = StatementParameters()
        items, source, order = ordered(columns, criteria, parameters, self._language)
        query = PageQuery.of(PagePart.of(items, source.c.id, order, page, parameters), page)
        return (
            prepare(query.rows, parameters),
            None if query.behind is None else prepare(query.behind, parameters),
            order,
        )


def page_of[T](items: Sequence[T], request: PageRequest, found: Found) -> Page[T]:
    """Returns the page of what was found, given an item for each row."""
    return Page[T].of(items, request, behind=found.behind, cut=found.cut, cursors=found.order.places_of(found.rows))


def _as_text(source: FromClause) -> Select[*tuple[Any, ...]]:
    return select(source.c.id, record_text(source).label("text"))


def _in_one_row(rows: Select[*tuple[Any, ...]], limit: int) -> Select[*tuple[Any, ...]]:
    """Returns the texts of the rows up to a limit as one, the number of rows, and the other columns of the last one.

    An aggregate of the rows of an ordered subquery takes them in that order.
    """
    found = rows.subquery("found")
    collected = {column.name: f"(array_agg(found.{column.name}))" for column in found.c}
    last = [
        literal_column(f"{collected[column.name]}[{limit}]", column.type).label(column.name)
        for column in found.c
        if column.name not in {"text", IS_LARGE}
    ]
    texts = literal_column(f"{collected['text']}[1:{limit}]", ARRAY(Text))
    return select(
        *last,
        func.array_to_string(texts, constant(","), type_=Text).label("text"),
        func.count().label("found"),
        func.bool_or(found.c[IS_LARGE]).label(IS_LARGE),
    ).select_from(found)


def ordered(
    columns: Columns, form: CriteriaForm, bind: Placeholder, language: str
) -> tuple[Select[*tuple[Any, ...]], FromClause, ListOrder]:
    """Returns the list that criteria of this form select, its source, and its order."""
    source, search = source_of(form, bind), search_of(form, bind, language)
    order = ListOrder.of(form.order, source, search)
    items = apply_criteria(columns(source).add_columns(*order.columns()), form, source, bind, search)
    return items, source, order
