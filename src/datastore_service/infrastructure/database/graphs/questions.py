"""Lists of records that are asked for in more words than a collection's name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from sqlalchemy import BindParameter, ColumnElement, FromClause, LargeBinary, Select, false, func, select

from datastore_service.application.limits import Limits
from datastore_service.application.ports.graphs import NotReadableAtOnce
from datastore_service.application.queries.list_records import ListRecords
from datastore_service.application.selections import Member, Selected
from datastore_service.infrastructure.database.graphs import objects, texts
from datastore_service.infrastructure.database.graphs.binds import Binds, Values
from datastore_service.infrastructure.database.graphs.objects import Below
from datastore_service.infrastructure.database.graphs.pages import page_text, signed
from datastore_service.infrastructure.database.graphs.texts import Piece, Value
from datastore_service.infrastructure.database.readers.meaning import meant, search_of
from datastore_service.infrastructure.database.readers.orders import ListOrder
from datastore_service.infrastructure.database.readers.pages import is_behind, part_of
from datastore_service.infrastructure.database.readers.sources import record_source
from datastore_service.infrastructure.database.statements import structure_of


@dataclass(frozen=True, slots=True)
class QuestionedRecords:
    """A page of the records that a question means: as the reader of records asks for it, but for what is selected.

    Attributes:
        structure: All of the SQL but its values: equal of two that differ in these only.
        limit: How many records are on the page.
        backwards: Whether they come from the end of the list.
        keys: By how many keys the list is ordered before the id.
        items: The whole list, in no order.
        found: The page, and up to one more.
        is_behind: Whether there is anything behind its start.
        parameters: Those in it, in the order of their values.
    """

    structure: tuple[Any, ...]
    limit: int
    backwards: bool
    keys: int
    items: Select[*tuple[Any, ...]] = field(compare=False)
    found: Select[*tuple[Any, ...]] = field(compare=False)
    is_behind: ColumnElement[bool] = field(compare=False)
    parameters: Sequence[BindParameter[Any]] = field(compare=False)

    @classmethod
    def of(cls, query: ListRecords, limits: Limits) -> tuple[Self, Values]:
        question, page = query.question, query.page
        source, search = record_source(question.as_of), search_of(question, limits)
        order = ListOrder.of(question.arranged, source, search)
        items = meant(select(*source.c, *order.columns()), question, source, search)
        found = part_of(items, page, order).limit(texts.number(page.limit + 1))
        behind = is_behind(items, source.c.id, page.start, order, backwards=page.backwards)
        described = [structure_of(each) for each in ([found] if behind is None else [found, behind])]
        if None in described:
            raise NotReadableAtOnce("The question is none that a statement can be kept for.")
        keys = [each for each in described if each]
        parameters = [parameter for key in keys for parameter in key.bindparams]
        form = cls(
            tuple(key.key for key in keys),
            page.limit,
            page.backwards,
            len(order.columns()),
            items,
            found,
            false() if behind is None else behind,
            parameters,
        )
        return form, {str(place): parameter.effective_value for place, parameter in enumerate(parameters)}

    def text(self, shape: Selected, bind: Binds, below: Below) -> ColumnElement[str]:
        bind.those_of(self.parameters)
        return page_text(shape, _Listing(self, bind, below), self.limit, backwards=self.backwards)


@dataclass(frozen=True, slots=True)
class _Listing:
    """The listing of such a page."""

    form: QuestionedRecords
    bind: Binds
    below: Below

    def found(self) -> Select[*tuple[Any, ...]]:
        return self.form.found

    def behind(self) -> ColumnElement[bool]:
        return self.form.is_behind

    def total(self) -> ColumnElement[int]:
        return self.form.items.with_only_columns(func.count(), maintain_column_froms=True).scalar_subquery()

    def item(self, row: FromClause, members: Iterable[Member]) -> list[Piece]:
        return objects.record(row, members, self.below)

    def edge(self, _: FromClause) -> Mapping[str, Value]:
        return {}

    def cursor(self, row: FromClause) -> ColumnElement[Any]:
        """Returns what `application/cursors.py` makes of a place: the id, and the keys as JSON."""
        body: ColumnElement[Any] = func.uuid_send(row.c.id, type_=LargeBinary)
        if self.form.keys:
            keys = [texts.text(func.to_json(row.c[f"key_{place}"])) for place in range(self.form.keys)]
            commas = [piece for key in keys for piece in (",", key)]
            written = texts.joined(["[", *commas[1:], "]"])
            body = body.op("||")(func.convert_to(written, texts.constant("UTF8"), type_=LargeBinary))
        return signed(body, self.bind)
