"""The pages that a field's arguments mean."""

from collections.abc import Mapping
from typing import Any

from datastore_service.api.graphql.compiler.shapes import NotCompiled
from datastore_service.api.graphql.types.pages import PageArguments, ReadCursor
from datastore_service.application.read.pagination import Cursor, PageRequest
from datastore_service.config.settings import LimitSettings


def page_of(arguments: Mapping[str, Any], limits: LimitSettings, read: ReadCursor = Cursor.parse) -> PageRequest:
    """Returns the page.

    Raises:
        NotCompiled: It is the last of the first, which is cut out of what was read.
        RequestRefused: A size is less than none or more than a page may have.
        InvalidCursor: A cursor is none of this service's.
    """
    asked = PageArguments(*(arguments.get(name) for name in ("first", "after", "last", "before")))
    if asked.first is not None and asked.last is not None:
        raise NotCompiled
    return asked.request(limits, read)
