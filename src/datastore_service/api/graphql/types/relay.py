"""Relay's requirements on a schema: objects with ids, and the position of a page."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import strawberry

from datastore_service.application.read.pagination import Page

ID: Final = "Unique among all objects. The id of a record is its UUID, as in REST."


@strawberry.interface(description="An object with an id (Relay's object identification).")
class Node:
    id: strawberry.ID = strawberry.field(description=ID)


def uuid_of(id: strawberry.ID) -> UUID | None:
    """Returns the UUID in an object id, or None if the object is not a record."""
    try:
        return UUID(id)
    except ValueError:
        return None


@strawberry.type(description="The position of a page in its list (Relay's connections).")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are items after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there are items before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last item; null on an empty page.")


def page_info_of(page: Page[Any], edges: Sequence[Any]) -> PageInfo:
    """Returns the position of a page with these edges."""
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
