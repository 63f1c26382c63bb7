"""Lists of an object, each read together with the object's row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol, Self

from sqlalchemy import ColumnElement, FromClause, Text, select

from datastore_service.application.messages import Query
from datastore_service.application.read.ports.links import Direction
from datastore_service.application.read.queries.follow_links import FollowLinks
from datastore_service.application.read.queries.list_revisions import ListRevisions
from datastore_service.application.read.selections import Selected
from datastore_service.infrastructure.database.read import texts
from datastore_service.infrastructure.database.read.readers.forms import PageForm
from datastore_service.infrastructure.database.read.selections import objects
from datastore_service.infrastructure.database.read.selections.lists import Listed, keyed_page, places_of
from datastore_service.infrastructure.database.read.selections.objects import NestedField
from datastore_service.infrastructure.database.read.selections.placeholders import Placeholders, Values
from datastore_service.infrastructure.database.read.texts import Value
from datastore_service.infrastructure.database.schema.views import link_view, record_view, revision_view

_UNLISTED: Final = frozenset({"id", "collection_id"})


class NestedForm(Protocol):
    """The form of a query: queries of one form differ only in values; it is hashable."""

    def text(self, shape: Selected, bind: Placeholders, below: NestedField, row: FromClause, /) -> ColumnElement[str]:
        """Returns the expression for the JSON text of the list of the record in this row."""
        ...


@dataclass(frozen=True, slots=True)
class Links:
    """The links from or to a record, with the records at their other ends."""

    page: PageForm
    direction: Direction
    relation: bool

    @classmethod
    def of(cls, query: FollowLinks) -> tuple[Self, Values]:
        relation, page = query.criteria.relation, PageForm.of(query.page)
        values = {**places_of(query.page), "relation": relation}
        return cls(page, query.criteria.direction, relation is not None), values

    def text(self, shape: Selected, bind: Placeholders, below: NestedField, row: FromClause) -> ColumnElement[str]:
        link, other = link_view.alias(), record_view.alias()
        near, far = (link.c.source, link.c.target) if self.direction == "out" else (link.c.target, link.c.source)
        linked = (
            select(
                link.c.id.label("link_id"),
                link.c.relation,
                link.c.created_at.label("linked_at"),
                near.label("near"),
                other.c.id,
                *(column for column in other.c if column.name not in _UNLISTED),
            )
            .join_from(link, other, other.c.id == far)
            .subquery()
        )
        meant = linked.c.near == row.c.id
        if self.relation:
            meant &= linked.c.relation == bind("relation", Text())
        item = partial(objects.record, below=below)
        listed = Listed(linked, meant, item, key="link_id", edge=_link, of=row)
        return keyed_page(self.page, shape, listed, bind)


@dataclass(frozen=True, slots=True)
class Revisions:
    """The revisions of a record, the newest first."""

    page: PageForm

    @classmethod
    def of(cls, query: ListRevisions) -> tuple[Self, Values]:
        form = PageForm(limit=query.limit, after=query.after is not None, before=False, backwards=False)
        return cls(form), {"after": query.after and query.after.version}

    def text(self, shape: Selected, bind: Placeholders, _: NestedField, row: FromClause) -> ColumnElement[str]:
        revision = revision_view.alias()
        meant = revision.c.record_id == row.c.id
        listed = Listed(revision, meant, objects.revision, key="version", newest_first=True, of=row)
        return keyed_page(self.page, shape, listed, bind)


def _link(row: FromClause) -> Mapping[str, Value]:
    return {
        "relation": lambda _: texts.escaped(row.c.relation),
        "created_at": lambda _: texts.moment(row.c.linked_at),
    }


NESTED_FORMS: Final[Mapping[type[Query[Any]], Callable[[Any], tuple[NestedForm, Values]]]] = {
    FollowLinks: Links.of,
    ListRevisions: Revisions.of,
}
"""The queries that can be read for each row of another, and their forms."""
