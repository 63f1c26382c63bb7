"""The content of records, as JSON."""

from typing import Any

import orjson

from datastore_service.application.views import ContentView
from datastore_service.domain.records.content import CONTENT_MEMBERS


def content_members(view: ContentView) -> dict[str, Any]:
    """Returns the members that a record has or had, for `written`."""
    members = {name: getattr(view, name) for name in CONTENT_MEMBERS}
    members["payload"] = orjson.Fragment(view.payload)
    return members
