"""Pages of lists as JSON text: Relay's connections."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause, LargeBinary, Select, func, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by

from datastore_service.application.read.selections import Member, Selected
from datastore_service.infrastructure.database.engine.constants import constant, number
from datastore_service.infrastructure.database.read import texts
from datastore_service.infrastructure.database.read.selections.placeholders import Placeholders
from datastore_service.infrastructure.database.read.texts import Piece, Value


class Listing(Protocol):
    """A list, and the rows that are read for a page of it."""

    def found(self) -> Select[*tuple[Any, ...]]:
        """Selects the rows of the page, and up to one more, in the page's own direction."""
        ...

    def behind(self) -> ColumnElement[bool]:
        """Tells whether there is anything on the other side of the page's start."""
        ...

    def total(self) -> ColumnElement[int]:
        """Counts the whole list."""
        ...

    def item(self, row: FromClause, members: Iterable[Member], /) -> list[Piece]:
        """Returns the text of the item in a row with these members."""
        ...

    def edge(self, row: FromClause, /) -> Mapping[str, Value]:
        """Returns the texts of an edge's members besides cursor and node."""
        ...

    def cursor(self, row: FromClause, /) -> ColumnElement[Any]:
        """Returns the position of a row, in bytes."""
        ...


def page_text(shape: Selected, listing: Listing, limit: int, *, backwards: bool) -> ColumnElement[str]:
    """Returns the expression for the text of a page in the shape of a connection.

    Args:
        shape: The selected members of the connection.
        listing: The list.
        limit: The number of items; a constant in the statement, because PostgreSQL plans for it.
        backwards: Whether the page is taken from the end of the list.
    """
    page = _Page(listing, limit, backwards=backwards)
    pieces = texts.object_of(
        shape.members,
        {
            "edges": lambda edges: page.items(page.edge(edges.members)),
            "nodes": lambda nodes: page.items(listing.item(page.rows, nodes.members)),
            "page_info": lambda info: page.info(info.members),
            "total_count": lambda _: texts.integer(listing.total()),
        },
    )
    # HAVING makes one row of any number of rows, even without an aggregate.
    return select(texts.joined(pieces)).select_from(page.rows).having(true()).scalar_subquery()


def signed(body: ColumnElement[Any], bind: Placeholders) -> ColumnElement[Any]:
    """Returns the bytes of a cursor as `application/read/cursors.py` signs them."""
    inner, outer = (bind(name, LargeBinary()) for name in ("inner", "outer"))
    signature = func.sha256(outer.op("||")(func.sha256(inner.op("||")(body))))
    return func.substr(signature, number(1), number(16), type_=LargeBinary).op("||")(body)


class _Page:
    """The rows of a page, and up to one more, with their positions, in the page's own direction."""

    def __init__(self, listing: Listing, limit: int, *, backwards: bool) -> None:
        self._listing = listing
        self._limit = limit
        self._backwards = backwards
        found = listing.found().subquery()
        numbered = select(found, func.row_number().over().label("place"), func.count().over().label("last"))
        self.rows: FromClause = numbered.subquery()
        self._is_within = self.rows.c.place <= number(limit)

    def items(self, item: Iterable[Piece]) -> list[Piece]:
        """Returns the array of the page's items."""
        separator: ColumnElement[Any] = constant(",")
        # Forwards, the rows are in the order of the subquery.
        if self._backwards:
            separator = aggregate_order_by(separator, self.rows.c.place.desc())
        items = func.string_agg(texts.joined(item), separator).filter(self._is_within)
        return ["[", func.coalesce(items, constant("")), "]"]

    def edge(self, members: Iterable[Member]) -> list[Piece]:
        """Returns the text of an item with its cursor."""
        return texts.object_of(
            members,
            {
                "cursor": lambda _: texts.quoted(self._cursor()),
                "node": lambda node: self._listing.item(self.rows, node.members),
                **self._listing.edge(self.rows),
            },
        )

    def info(self, members: Iterable[Member]) -> list[Piece]:
        """Returns the position of the page in the list."""
        limit, place = number(self._limit), self.rows.c.place
        first, last = place == number(1), place == func.least(self.rows.c.last, limit)
        more, behind = func.count() > limit, self._listing.behind()
        if self._backwards:
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

    def _cursor_of(self, place: ColumnElement[bool]) -> ColumnElement[str]:
        cursor = func.max(texts.joined(texts.quoted(self._cursor())))
        return texts.unless_null(cursor.filter(place, self._is_within))

    def _cursor(self) -> ColumnElement[str]:
        """Returns a cursor for clients: base64 without padding, in the alphabet for URLs."""
        # PostgreSQL breaks base64 into lines of 76 characters.
        encoded = func.encode(self._listing.cursor(self.rows), constant("base64"))
        return func.translate(encoded, constant("+/=\n"), constant("-_"))
