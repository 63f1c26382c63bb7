"""Queries as SQL: of each, its form, which is in the statement, and its values, which are bound."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self

from sqlalchemy import ARRAY, BindParameter, ColumnElement, Text, Uuid, bindparam, case, column, func, select
from sqlalchemy.types import TypeEngine

from datastore_service.application.messages import Query
from datastore_service.application.queries.get_collection import GetCollection
from datastore_service.application.queries.get_record import GetRecord
from datastore_service.application.queries.get_records import GetRecords
from datastore_service.application.selections import Selected
from datastore_service.infrastructure.database.graphs import objects, texts
from datastore_service.infrastructure.database.views import collection_view, record_view

type Values = Mapping[str, object]


class Binds:
    """The parameters of one part of a statement."""

    def __init__(self, part: int) -> None:
        self._part = part

    def __call__(self, name: str, kind: TypeEngine[Any]) -> BindParameter[Any]:
        """Returns the parameter for one of the values."""
        return bindparam(f"{self._part} {name}", type_=kind, required=True)


class Form(Protocol):
    """What makes two queries the same statement with other values; it is hashable."""

    def text(self, shape: Selected, bind: Binds, /) -> ColumnElement[str]:
        """Returns an expression for the JSON text of the answer, NULL where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class OneRecord:
    """A record, by its id."""

    @classmethod
    def of(cls, query: GetRecord) -> tuple[Self, Values]:
        return cls(), {"id": query.id}

    def text(self, shape: Selected, bind: Binds) -> ColumnElement[str]:
        text = texts.joined(objects.record(record_view, shape.members))
        meant = (record_view.c.id == bind("id", Uuid()), record_view.c.deleted_at.is_(None))
        return select(text).select_from(record_view).where(*meant).scalar_subquery()


@dataclass(frozen=True, slots=True)
class ManyRecords:
    """Records by their ids, in the order of those."""

    @classmethod
    def of(cls, query: GetRecords) -> tuple[Self, Values]:
        return cls(), {"ids": [*query.ids]}

    def text(self, shape: Selected, bind: Binds) -> ColumnElement[str]:
        asked = (
            func.unnest(bind("ids", ARRAY(Uuid())))
            .table_valued(column("id", Uuid), with_ordinality="place")
            .render_derived("asked")
        )
        present = (record_view.c.id == asked.c.id) & record_view.c.deleted_at.is_(None)
        text = texts.joined(objects.record(record_view, shape.members))
        one = case((record_view.c.id.is_not(None), text), else_=texts.constant(texts.NULL))
        listed = texts.joined(texts.array_of(one, asked.c.place))
        return select(listed).select_from(asked.outerjoin(record_view, present)).scalar_subquery()


@dataclass(frozen=True, slots=True)
class OneCollection:
    """A collection, by its name."""

    @classmethod
    def of(cls, query: GetCollection) -> tuple[Self, Values]:
        return cls(), {"name": query.name}

    def text(self, shape: Selected, bind: Binds) -> ColumnElement[str]:
        text = texts.joined(objects.collection(collection_view, shape.members))
        meant = collection_view.c.name == bind("name", Text())
        return select(text).select_from(collection_view).where(meant).scalar_subquery()


FORMS: Final[Mapping[type[Query[Any]], Callable[[Any], tuple[Form, Values]]]] = {
    GetRecord: OneRecord.of,
    GetRecords: ManyRecords.of,
    GetCollection: OneCollection.of,
}
"""Which queries can be read at once, and how."""
