"""Links, with the records at their other ends."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, column, exists, func, literal, select, true

from datastore_service.application.limits import Limits
from datastore_service.application.read.pagination import Page, PageRequest
from datastore_service.application.read.ports.links import LinkCriteria
from datastore_service.application.views import LinkedRecord, LinkView
from datastore_service.infrastructure.database.engine.pool import Row, Rows
from datastore_service.infrastructure.database.engine.pools import ReadPool
from datastore_service.infrastructure.database.read.readers.pages import read_rows, rows_of_each
from datastore_service.infrastructure.database.schema.record_rows import stored_columns, view_of
from datastore_service.infrastructure.database.schema.views import link_view, record_view

_link = link_view.c


@dataclass(frozen=True, slots=True)
class SqlLinkReader:
    """Reads `link_view` and `record_view` with one statement for any number of records."""

    engine: ReadPool
    limits: Limits

    async def pages(
        self, record_ids: Collection[UUID], criteria: LinkCriteria, request: PageRequest
    ) -> Mapping[UUID, Page[LinkedRecord]]:
        found = await rows_of_each(
            self.engine,
            lambda ids: _pages(ids, criteria, request),
            record_ids,
            request.limit + 1,
            self.limits.page_bytes,
        )
        return {record_id: _page(*found[record_id], request) for record_id in record_ids}

    async def counts(self, record_ids: Collection[UUID], criteria: LinkCriteria) -> Mapping[UUID, int]:
        near = _near(criteria)
        counted = _meant(select(near.label("of_record"), func.count().label("links")), criteria)
        counted = counted.where(near.in_(record_ids))
        rows = await read_rows(self.engine, counted.group_by(near))
        return dict.fromkeys(record_ids, 0) | {row.of_record: row.links for row in rows}


def _pages(record_ids: Collection[UUID], criteria: LinkCriteria, request: PageRequest) -> Select[*tuple[Any, ...]]:
    """Returns the rows of all pages: LATERAL selects the links of each record, one more than its page may have.

    A record without links also has a row, which tells whether there are links behind the page's start.
    """
    ids = literal(list(record_ids), ARRAY(Uuid))
    asked = func.unnest(ids).table_valued(column("id", Uuid)).render_derived("asked")
    of_it = _meant(select(link_view), criteria).where(_near(criteria) == asked.c.id)
    page = of_it.order_by(_link.id.desc() if request.backwards else _link.id).limit(request.limit + 1)
    if request.after is not None:
        page = page.where(_link.id > request.after.record_id)
    if request.before is not None:
        page = page.where(_link.id < request.before.record_id)
    links = page.correlate(asked).lateral("page")
    other = record_view.alias("other")
    far = links.c.target if criteria.direction == "out" else links.c.source
    return (
        select(
            asked.c.id.label("of_record"),
            _behind(of_it, request).label("behind"),
            links.c.id.label("link_id"),
            links.c.source,
            links.c.relation,
            links.c.target,
            links.c.created_at.label("linked_at"),
            *stored_columns(other),
        )
        .select_from(asked)
        .join(links, true(), isouter=True)
        .join(other, other.c.id == far, isouter=True)
        .order_by(asked.c.id, links.c.id.desc() if request.backwards else links.c.id)
    )


def _meant[S: Select[*tuple[Any, ...]]](query: S, criteria: LinkCriteria) -> S:
    """Leaves out the links that the criteria do not select."""
    if criteria.relation is not None:
        query = query.where(_link.relation == criteria.relation)
    if criteria.within is not None:
        end = record_view.alias("end")
        far = _link.target if criteria.direction == "out" else _link.source
        query = query.where(exists().where(end.c.id == far, end.c.collection.in_(criteria.within)))
    return query


def _behind(of_it: Select[*tuple[Any, ...]], request: PageRequest) -> ColumnElement[Any]:
    start = request.start
    if start is None or not request.look_behind:
        return literal(None)
    return exists(of_it.where(_link.id >= start.record_id if request.backwards else _link.id <= start.record_id))


def _near(criteria: LinkCriteria) -> ColumnElement[UUID]:
    return _link.source if criteria.direction == "out" else _link.target


def _page(rows: Rows, cut: bool, request: PageRequest) -> Page[LinkedRecord]:
    links = [_linked(row) for row in rows if row.link_id is not None]
    return Page[LinkedRecord].of(links, request, behind=rows[0].behind, cut=cut)


def _linked(row: Row) -> LinkedRecord:
    return LinkedRecord(
        link=LinkView(
            id=row.link_id, source=row.source, relation=row.relation, target=row.target, created_at=row.linked_at
        ),
        record=view_of(row),
    )
