"""The arguments of Relay's connections (its specification, section 4), and the pages that they select."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated

import strawberry

from datastore_service.api.graphql.compiled_fields import NotCompiled
from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.application.read.pagination import Cursor, Page, PageRequest
from datastore_service.config.settings import LimitSettings

type ReadCursor = Callable[[str, str], Cursor]

First = Annotated[int | None, strawberry.argument(description="The number of items, from the beginning.")]
After = Annotated[str | None, strawberry.argument(description="Only items after this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="The number of items, from the end.")]
Before = Annotated[str | None, strawberry.argument(description="Only items before this cursor.")]


@dataclass(frozen=True, slots=True)
class PageArguments:
    """The part of a list that a client requests; with both sizes, the last items of the first ones."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    def request(self, limits: LimitSettings, read: ReadCursor = Cursor.parse) -> PageRequest:
        """Returns the page to request from the application.

        Args:
            limits: The sizes of pages.
            read: Parses a cursor; its second argument names the cursor's argument.

        Raises:
            RequestRefused: A size is negative, or above the largest page.
            InvalidCursor: The service has not issued this cursor.
        """
        sizes = [
            _size(name, size, limits) for name, size in (("first", self.first), ("last", self.last)) if size is not None
        ]
        return PageRequest(
            limit=max(sizes, default=limits.page_size_default),
            after=None if self.after is None else read(self.after, "after"),
            before=None if self.before is None else read(self.before, "before"),
            backwards=self.first is None and self.last is not None,
            look_behind=True,
        )

    def uncut_request(self, limits: LimitSettings, read: ReadCursor = Cursor.parse) -> PageRequest:
        """Returns the same, if `cut` would leave the page as it is.

        Raises:
            NotCompiled: It is the last of the first, which is cut out of what was read.
        """
        if self.first is not None and self.last is not None:
            raise NotCompiled
        return self.request(limits, read)

    def cut[T](self, page: Page[T]) -> Page[T]:
        """Returns the requested part of the page that was read."""
        if self.first is not None and self.last is not None:
            found = len(page.items) + page.has_next
            # A page may be shorter because of its limit in bytes.
            kept = slice(max(0, min(len(page.items), self.first) - self.last), self.first)
            items, cursors = page.items[kept], page.cursors[kept]
            page = replace(
                page,
                items=items,
                cursors=cursors,
                has_next=page.has_next or found > self.first,
                has_previous=found > self.last,
            )
        return page


def _size(name: str, size: int, limits: LimitSettings) -> int:
    if not 0 <= size <= limits.page_size_max:
        detail = f"{name}: {size} is not from 0 to {limits.page_size_max}."
        raise RequestRefused(Problem("validation_failed", detail, {"errors": [{"parameter": name, "detail": detail}]}))
    return size
