"""The content of records, revisions and changes: the members that clients set, besides the payload."""

from typing import Any, cast

import strawberry

from datastore_service.api.http import descriptions
from datastore_service.application.views import ContentView
from datastore_service.domain.records.content import CONTENT_MEMBERS


@strawberry.type
class HeldContent:
    """The members that a record has or had, besides the payload."""

    tags: list[str] = strawberry.field(description=descriptions.HELD_TAGS)


def held_content(view: ContentView) -> dict[str, Any]:
    """Returns the members of a `HeldContent`."""
    found = {name: getattr(view, name) for name in CONTENT_MEMBERS if name != "payload"}
    return {name: list(cast("tuple[str, ...]", value)) for name, value in found.items()}
