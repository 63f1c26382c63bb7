"""Pages of lists as JSON text: Relay's connections."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import ColumnElement, FromClause, LargeBinary, Select, Uuid, false, func, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by

from datastore_service.application.pagination import PageRequest
from datastore_service.application.selections import Member, Selected
from datastore_service.infrastructure.database.graphs import texts
from datastore_service.infrastructure.database.graphs.binds import Binds, Values
from datastore_service.infrastructure.database.graphs.texts import Piece, Value


@dataclass(frozen=True, slots=True)
class Listed:
    """A list in the order of a key.

    Attributes:
        rows: Where its items are rows.
        meant: Which of the rows are its items.
        item: Makes the text of an item with these members.
        signed: Whether its cursors are signed.
        key: The column of the key.
        newest_first: Whether the list goes from the greatest key to the least.
        edge: Makes the texts of what edges have beside a cursor and a node.
        of: The object that has the list, where `meant` names it.
    """

    rows: FromClause
    meant: ColumnElement[bool]
    item: Callable[[FromClause, Iterable[Member]], list[Piece]]
    signed: bool = False
    key: str = "id"
    newest_first: bool = False
    edge: Callable[[FromClause], Mapping[str, Value]] = lambda _: {}
    of: FromClause | None = None

    def select(self, *columns: Any) -> Select[*tuple[Any, ...]]:  # noqa: ANN401 - whatever SQLAlchemy selects
        """Selects from the items."""
        query = select(*columns).select_from(self.rows).where(self.meant)
        return query if self.of is None else query.correlate(self.of)


@dataclass(frozen=True, slots=True)
class PageForm:
    """What is in the statement of a page. Its size is: PostgreSQL plans for the size that it sees."""

    limit: int
    after: bool
    before: bool
    backwards: bool

    @classmethod
    def of(cls, request: PageRequest) -> tuple[Self, Values]:
        after, before = request.after, request.before
        form = cls(request.limit, after is not None, before is not None, request.backwards)
        return form, {"after": after and after.record_id, "before": before and before.record_id}

    def text(self, shape: Selected, listed: Listed, bind: Binds) -> ColumnElement[str]:
        """Returns an expression for the text of a page in the shape of a connection."""
        page = _Page(self, listed, bind)
        pieces = texts.object_of(
            shape.members,
            {
                "edges": lambda edges: page.items(page.edge(edges.members)),
                "nodes": lambda nodes: page.items(listed.item(page.rows, nodes.members)),
                "page_info": lambda info: page.info(info.members),
                "total_count": lambda _: texts.integer(page.total),
            },
        )
        # HAVING makes one row of any number of them, also where nothing is aggregated.
        return select(texts.joined(pieces)).select_from(page.rows).having(true()).scalar_subquery()


class _Page:
    """The rows of a page, and up to one more, with their places; what is on the page is on it in its own direction."""

    def __init__(self, form: PageForm, listed: Listed, bind: Binds) -> None:
        self._form = form
        self._listed = listed
        self._bind = bind
        kind = listed.rows.c[listed.key].type
        self._after = bind("after", kind) if form.after else None
        self._before = bind("before", kind) if form.before else None
        self.rows: FromClause = self._numbered()
        self._is_within = self.rows.c.place <= texts.number(form.limit)

    def items(self, item: Iterable[Piece]) -> list[Piece]:
        """Returns the array of the page's items."""
        separator: ColumnElement[Any] = texts.constant(",")
        # Forwards, the rows come in their order, for that is the subquery's.
        if self._form.backwards:
            separator = aggregate_order_by(separator, self.rows.c.place.desc())
        items = func.string_agg(texts.joined(item), separator).filter(self._is_within)
        return ["[", func.coalesce(items, texts.constant("")), "]"]

    def edge(self, members: Iterable[Member]) -> list[Piece]:
        """Returns the text of an item with its cursor."""
        return texts.object_of(
            members,
            {
                "cursor": lambda _: texts.quoted(self._cursor()),
                "node": lambda node: self._listed.item(self.rows, node.members),
                **self._listed.edge(self.rows),
            },
        )

    def info(self, members: Iterable[Member]) -> list[Piece]:
        """Returns where the page lies in the list."""
        limit, place = texts.number(self._form.limit), self.rows.c.place
        first, last = place == texts.number(1), place == func.least(self.rows.c.last, limit)
        more, behind = func.count() > limit, self._behind()
        if self._form.backwards:
            first, last, more, behind = last, first, behind, more
        return texts.object_of(
            members,
            {
                "has_next_page": lambda _: texts.plain(more),
                "has_previous_page": lambda _: texts.plain(behind),
                "start_cursor": lambda _: [self._cursor_of(first)],
                "end_cursor": lambda _: [self._cursor_of(last)],
            },
        )

    @property
    def total(self) -> ColumnElement[int]:
        """How many items the whole list has."""
        return self._listed.select(func.count()).scalar_subquery()

    def _numbered(self) -> FromClause:
        key = self._listed.rows.c[self._listed.key]
        query = self._listed.select(self._listed.rows)
        if self._after is not None:
            query = query.where(key < self._after if self._listed.newest_first else key > self._after)
        if self._before is not None:
            query = query.where(key < self._before)
        order = key.desc() if self._form.backwards or self._listed.newest_first else key
        found = query.order_by(order).limit(texts.number(self._form.limit + 1)).subquery()
        return select(found, func.row_number().over().label("place"), func.count().over().label("last")).subquery()

    def _behind(self) -> ColumnElement[bool]:
        start = self._before if self._form.backwards else self._after
        if start is None:
            return false()
        if self._listed.newest_first:
            # A history goes on before any place in it.
            return true()
        key = self._listed.rows.c[self._listed.key]
        other_side = key >= start if self._form.backwards else key <= start
        return self._listed.select(key).where(other_side).exists()

    def _cursor_of(self, place: ColumnElement[bool]) -> ColumnElement[str]:
        cursor = func.max(texts.joined(texts.quoted(self._cursor())))
        return texts.unless_null(cursor.filter(place, self._is_within))

    def _cursor(self) -> ColumnElement[str]:
        """Returns what `application/pagination.py` makes of an id, or `history.py` of a version, or `cursors.py`."""
        key = self.rows.c[self._listed.key]
        send = func.uuid_send if isinstance(key.type, Uuid) else func.int8send
        body: ColumnElement[Any] = send(key, type_=LargeBinary)
        if self._listed.signed:
            inner, outer = (self._bind(name, LargeBinary()) for name in ("inner", "outer"))
            signature = func.sha256(outer.op("||")(func.sha256(inner.op("||")(body))))
            body = func.substr(signature, texts.number(1), texts.number(16), type_=LargeBinary).op("||")(body)
        encoded = func.encode(body, texts.constant("base64"))
        return func.rtrim(func.translate(encoded, texts.constant("+/"), texts.constant("-_")), texts.constant("="))
