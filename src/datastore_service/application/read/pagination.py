"""Pages of a list, and the cursors between them."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from datastore_service.application.errors import InvalidCursor
from datastore_service.application.views import JsonText


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: just after, or before, the record with this id. Opaque to clients.

    Attributes:
        record_id: The record's id.
        keys: What the list is ordered by before the id, as the reader that made the cursor writes it.
    """

    record_id: UUID
    keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(self.record_id.bytes).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str, parameter: str) -> Self:
        """Reads what `str` wrote.

        Raises:
            InvalidCursor: It is something else; the error names the parameter.
        """
        try:
            cursor = cls(UUID(bytes=base64.b64decode(f"{text}==", altchars=b"-_", validate=True)))
        except (binascii.Error, ValueError) as error:
            raise InvalidCursor(parameter) from error
        if str(cursor) != text:
            raise InvalidCursor(parameter)
        return cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """Which part of a list is wanted.

    Attributes:
        limit: The largest number of items.
        after: Only what comes after this place.
        before: Only what comes before this place.
        backwards: Take the items from the end of that range; they are in the order of the list all the same.
        look_behind: Find out whether there are items on the other side of the place that the page starts from.
    """

    limit: int
    after: Cursor | None = None
    before: Cursor | None = None
    backwards: bool = False
    look_behind: bool = False

    @property
    def start(self) -> Cursor | None:
        """The place that the page starts from, in its own direction."""
        return self.before if self.backwards else self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Page[T]:
    """A part of a list, in its order."""

    items: Sequence[T]
    has_next: bool
    has_previous: bool
    cursors: Sequence[Cursor] = ()
    """The places of the items, of lists that are not ordered by id alone."""

    @classmethod
    def of(
        cls,
        found: Sequence[T],
        request: PageRequest,
        *,
        behind: bool | None = None,
        cut: bool = False,
        cursors: Sequence[Cursor] = (),
    ) -> Self:
        """Makes the page from what was found in the direction of the request, up to one item more than its limit.

        Args:
            found: The items.
            request: What was asked for.
            behind: Whether there are items on the other side of the place that the page starts from. None if
                the reader did not look: then there are if the page starts from a cursor, as the client came from it.
            cut: Whether the page ends before its limit because of its bound in bytes.
            cursors: The places of the items.
        """
        behind = request.start is not None if behind is None else behind
        more = cut or len(found) > request.limit
        items, places = found[: request.limit], cursors[: request.limit]
        if request.backwards:
            return cls(items=items[::-1], has_next=behind, has_previous=more, cursors=places[::-1])
        return cls(items=items, has_next=more, has_previous=behind, cursors=places)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPage:
    """A page as text.

    Attributes:
        items: A JSON array of its items.
        next: The place of the last item; None on the last page.
    """

    items: JsonText
    next: Cursor | None

    @classmethod
    def of(cls, page: Page[JsonText]) -> Self:
        """Puts the texts of a page together; the page has the places of its items."""
        return cls(items=JsonText(f"[{','.join(page.items)}]"), next=page.cursors[-1] if page.has_next else None)
