"""Lists of records, for any criteria."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import ColumnElement, FromClause, LargeBinary, Select, false, func, select

from datastore_service.application.limits import Limits
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.read.selections import Member, Selected
from datastore_service.infrastructure.database.engine.constants import constant, number
from datastore_service.infrastructure.database.read import texts
from datastore_service.infrastructure.database.read.readers.bound_queries import BoundQuery
from datastore_service.infrastructure.database.read.readers.forms import CriteriaForm, PageForm
from datastore_service.infrastructure.database.read.readers.pages import PagePart
from datastore_service.infrastructure.database.read.readers.record_lists import ordered
from datastore_service.infrastructure.database.read.selections import objects
from datastore_service.infrastructure.database.read.selections.objects import NestedField
from datastore_service.infrastructure.database.read.selections.pages import page_text, signed
from datastore_service.infrastructure.database.read.selections.placeholders import Placeholders, Values
from datastore_service.infrastructure.database.read.texts import Piece, Value


@dataclass(frozen=True, slots=True)
class RecordList:
    """A page of the matching records, in the same way as the reader of records, except for the selection."""

    criteria: CriteriaForm
    page: PageForm
    language: str

    @classmethod
    def of(cls, query: ListRecords, limits: Limits) -> tuple[Self, Values]:
        form = cls(CriteriaForm.of(query.criteria), PageForm.of(query.page), limits.search_language)
        return form, {"asked": BoundQuery.of(query.criteria, query.page)}

    def text(self, shape: Selected, bind: Placeholders, below: NestedField) -> ColumnElement[str]:
        items, source, order = ordered(_all_of, self.criteria, bind.asked, self.language)
        part = PagePart.of(items, source.c.id, order, self.page, bind.asked)
        listing = _Listing(items, part, len(self.criteria.order), self.page.limit, bind, below)
        return page_text(shape, listing, self.page.limit, backwards=self.page.backwards)


def _all_of(source: FromClause) -> Select[*tuple[Any, ...]]:
    return select(*source.c)


@dataclass(frozen=True, slots=True)
class _Listing:
    """The listing of such a page; before the id there are this many sort keys."""

    items: Select[*tuple[Any, ...]]
    part: PagePart
    keys: int
    limit: int
    bind: Placeholders
    below: NestedField

    def found(self) -> Select[*tuple[Any, ...]]:
        return self.part.found.limit(number(self.limit + 1))

    def behind(self) -> ColumnElement[bool]:
        return false() if self.part.behind is None else self.part.behind

    def total(self) -> ColumnElement[int]:
        return self.items.with_only_columns(func.count(), maintain_column_froms=True).scalar_subquery()

    def item(self, row: FromClause, members: Iterable[Member]) -> list[Piece]:
        return objects.record(row, members, self.below)

    def edge(self, _: FromClause) -> Mapping[str, Value]:
        return {}

    def cursor(self, row: FromClause) -> ColumnElement[Any]:
        """Returns what `application/read/cursors.py` makes of a position: the id, and the keys as JSON."""
        body: ColumnElement[Any] = func.uuid_send(row.c.id, type_=LargeBinary)
        if self.keys:
            keys = [texts.text(func.to_json(row.c[f"key_{place}"])) for place in range(self.keys)]
            commas = [piece for key in keys for piece in (",", key)]
            written = texts.joined(["[", *commas[1:], "]"])
            body = body.op("||")(func.convert_to(written, constant("UTF8"), type_=LargeBinary))
        return signed(body, self.bind)
