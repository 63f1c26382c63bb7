"""Pages of a list that is ordered by id, and the cursors between them."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from datastore_service.application.errors import InvalidCursor


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: just after, or before, the record with this id. Opaque to clients."""

    record_id: UUID

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
        limit: How many items at the most.
        after: Only what comes after this place.
        before: Only what comes before this place.
        backwards: Take the items from the end of that range; they are in the order of the list all the same.
    """

    limit: int
    after: Cursor | None = None
    before: Cursor | None = None
    backwards: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page[T]:
    """A part of a list, in its order."""

    items: Sequence[T]
    has_next: bool
    has_previous: bool

    @classmethod
    def of(cls, found: Sequence[T], request: PageRequest) -> Self:
        """Makes the page from what was found in the direction of the request, up to one item more than its limit.

        Whether anything lies beyond the cursor that the request itself gave is not looked up: having come from there,
        the client knows (Relay's connection specification, section 4.4, allows it).
        """
        more = len(found) > request.limit
        items = found[: request.limit]
        if request.backwards:
            return cls(items=items[::-1], has_next=request.before is not None, has_previous=more)
        return cls(items=items, has_next=more, has_previous=request.after is not None)
