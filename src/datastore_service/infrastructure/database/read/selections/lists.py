"""Lists in the order of one column."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, LargeBinary, Select, Uuid, false, func, select, true

from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.selections import Member, Selected
from datastore_service.infrastructure.database.engine.constants import number
from datastore_service.infrastructure.database.read.readers.forms import PageForm
from datastore_service.infrastructure.database.read.selections.pages import page_text
from datastore_service.infrastructure.database.read.selections.placeholders import Placeholders, Values
from datastore_service.infrastructure.database.read.texts import Piece, Value


@dataclass(frozen=True, slots=True)
class Listed:
    """A list in the order of one key.

    Attributes:
        rows: The source of the items.
        meant: The condition of the items.
        item: Makes the text of an item with these members.
        key: The column of the key.
        newest_first: Whether the list goes from the largest key to the smallest.
        edge: Makes the texts of an edge's members besides cursor and node.
        of: The object that has the list, if `meant` refers to it.
    """

    rows: FromClause
    meant: ColumnElement[bool]
    item: Callable[[FromClause, Iterable[Member]], list[Piece]]
    key: str = "id"
    newest_first: bool = False
    edge: Callable[[FromClause], Mapping[str, Value]] = lambda _: {}
    of: FromClause | None = None

    def select(self, *columns: Any) -> Select[*tuple[Any, ...]]:  # noqa: ANN401 - whatever SQLAlchemy selects
        """Selects columns of the items."""
        query = select(*columns).select_from(self.rows).where(self.meant)
        return query if self.of is None else query.correlate(self.of)


def places_of(request: PageRequest) -> Values:
    """Returns the values of the page's positions."""
    after, before = request.after, request.before
    return {"after": after and after.record_id, "before": before and before.record_id}


def keyed_page(form: PageForm, shape: Selected, listed: Listed, bind: Placeholders) -> ColumnElement[str]:
    """Returns the expression for the text of a page in the shape of a connection."""
    return page_text(shape, _Keyed(form, listed, bind), form.limit, backwards=form.backwards)


class _Keyed:
    """The listing of a page in the order of a key."""

    def __init__(self, form: PageForm, listed: Listed, bind: Placeholders) -> None:
        self._form = form
        self._listed = listed
        self._bind = bind
        self._key = listed.rows.c[listed.key]
        self._after = bind("after", self._key.type) if form.after else None
        self._before = bind("before", self._key.type) if form.before else None
        self.item = listed.item
        self.edge = listed.edge

    def found(self) -> Select[*tuple[Any, ...]]:
        query = self._listed.select(self._listed.rows)
        if self._after is not None:
            query = query.where(self._key < self._after if self._listed.newest_first else self._key > self._after)
        if self._before is not None:
            query = query.where(self._key < self._before)
        order = self._key.desc() if self._form.backwards or self._listed.newest_first else self._key
        return query.order_by(order).limit(number(self._form.limit + 1))

    def behind(self) -> ColumnElement[bool]:
        start = self._before if self._form.backwards else self._after
        if start is None:
            return false()
        if self._listed.newest_first:
            # In front of a page after a position in a history is at least the revision at that position.
            return true()
        other_side = self._key >= start if self._form.backwards else self._key <= start
        return self._listed.select(self._key).where(other_side).exists()

    def total(self) -> ColumnElement[int]:
        return self._listed.select(func.count()).scalar_subquery()

    def cursor(self, row: FromClause) -> ColumnElement[Any]:
        """Returns what `application/read/pagination.py` makes of an id, or `history.py` of a version."""
        key = row.c[self._listed.key]
        send = func.uuid_send if isinstance(key.type, Uuid) else func.int8send
        return send(key, type_=LargeBinary)
