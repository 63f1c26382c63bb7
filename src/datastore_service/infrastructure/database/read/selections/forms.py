"""Queries as SQL: of each, its form, which is in the statement, and its values, which are bound."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self

from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, case, column, func, select, true

from datastore_service.application.limits import Limits
from datastore_service.application.messages import NotReadableAtOnce, Query
from datastore_service.application.read.queries.get_collection import GetCollection
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.get_records import GetRecords
from datastore_service.application.read.queries.list_collections import ListCollections
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.read.selections import Selected
from datastore_service.infrastructure.database.engine.constants import constant
from datastore_service.infrastructure.database.read import texts
from datastore_service.infrastructure.database.read.readers.forms import PageForm
from datastore_service.infrastructure.database.read.selections import objects
from datastore_service.infrastructure.database.read.selections.criteria import RecordList
from datastore_service.infrastructure.database.read.selections.lists import Listed, keyed_page, places_of
from datastore_service.infrastructure.database.read.selections.nested import Links, NestedForm, Revisions
from datastore_service.infrastructure.database.read.selections.objects import NestedField
from datastore_service.infrastructure.database.read.selections.past import PastRecord
from datastore_service.infrastructure.database.read.selections.placeholders import Placeholders, Values
from datastore_service.infrastructure.database.schema.views import collection_view, record_view


class Form(Protocol):
    """What makes two queries the same statement with other values; it is hashable."""

    def text(self, shape: Selected, bind: Placeholders, below: NestedField, /) -> ColumnElement[str]:
        """Returns an expression for the JSON text of the answer, NULL where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class OneRecord:
    """A record, by its id."""

    @classmethod
    def of(cls, query: GetRecord, limits: Limits) -> "tuple[OneRecord | PastRecord, Values]":
        _expect_any_collection(query)
        if query.version is not None or query.as_of is not None:
            return PastRecord.of(query, limits)
        return cls(), {"id": query.id}

    def text(self, shape: Selected, bind: Placeholders, below: NestedField) -> ColumnElement[str]:
        text = texts.joined(objects.record(record_view, shape.members, below))
        meant = (record_view.c.id == bind("id", Uuid()), record_view.c.deleted_at.is_(None))
        return select(text).select_from(record_view).where(*meant).scalar_subquery()


@dataclass(frozen=True, slots=True)
class ManyRecords:
    """Records by their ids, in the order of those."""

    @classmethod
    def of(cls, query: GetRecords, _: Limits) -> tuple[Self, Values]:
        _expect_any_collection(query)
        return cls(), {"ids": [*query.ids]}

    def text(self, shape: Selected, bind: Placeholders, below: NestedField) -> ColumnElement[str]:
        asked = (
            func.unnest(bind("ids", ARRAY(Uuid())))
            .table_valued(column("id", Uuid), with_ordinality="place")
            .render_derived("asked")
        )
        present = (record_view.c.id == asked.c.id) & record_view.c.deleted_at.is_(None)
        text = texts.joined(objects.record(record_view, shape.members, below))
        one = case((record_view.c.id.is_not(None), text), else_=constant(texts.NULL))
        listed = texts.joined(texts.array_of(one, asked.c.place))
        return select(listed).select_from(asked.outerjoin(record_view, present)).scalar_subquery()


@dataclass(frozen=True, slots=True)
class OneCollection:
    """A collection, by its name."""

    @classmethod
    def of(cls, query: GetCollection, _: Limits) -> tuple[Self, Values]:
        return cls(), {"name": query.name}

    def text(self, shape: Selected, bind: Placeholders, _: NestedField) -> ColumnElement[str]:
        text = texts.joined(objects.collection(collection_view, shape.members))
        meant = collection_view.c.name == bind("name", Text())
        return select(text).select_from(collection_view).where(meant).scalar_subquery()


@dataclass(frozen=True, slots=True)
class CollectionList:
    """All collections."""

    page: PageForm

    @classmethod
    def of(cls, query: ListCollections, _: Limits) -> tuple[Self, Values]:
        return cls(PageForm.of(query.page)), places_of(query.page)

    def text(self, shape: Selected, bind: Placeholders, _: NestedField) -> ColumnElement[str]:
        return keyed_page(self.page, shape, Listed(collection_view, true(), objects.collection), bind)


def _expect_any_collection(query: GetRecord | GetRecords) -> None:
    if query.collection is not None:
        raise NotReadableAtOnce("A record of one collection is read by itself.")


FORMS: Final[Mapping[type[Query[Any]], Callable[[Any, Limits], tuple[Form, Values]]]] = {
    GetRecord: OneRecord.of,
    GetRecords: ManyRecords.of,
    GetCollection: OneCollection.of,
    ListRecords: RecordList.of,
    ListCollections: CollectionList.of,
}
"""Which queries can be read at once, and how."""

KEYED_FORMS: Final[frozenset[type[Form | NestedForm]]] = frozenset(
    {OneRecord, PastRecord, OneCollection, Links, Revisions}
)
"""Those that look rows up by keys: one statement can read them for many who ask."""
