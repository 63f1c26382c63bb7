"""What Relay asks of a schema: objects with ids, and where the page of a connection lies."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import strawberry

from datastore_service.application.read.pagination import Page

ID: Final = "Unique among all objects. A record's is its UUID, the same as in REST."


@strawberry.interface(description="An object with an id (Relay's object identification).")
class Node:
    id: strawberry.ID = strawberry.field(description=ID)


def uuid_of(id: strawberry.ID) -> UUID | None:
    """Returns the UUID that an object's id is, or None if it is another's than a record's."""
    try:
        return UUID(id)
    except ValueError:
        return None


@strawberry.type(description="Where a page lies in its list (Relay's connections).")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last item; null on an empty page.")


def page_info_of(page: Page[Any], edges: Sequence[Any]) -> PageInfo:
    """Says where a page with these edges lies."""
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
