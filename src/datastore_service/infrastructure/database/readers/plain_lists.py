"""The lists that are asked for most: all records, or those of a collection, in the order of their ids.

Their statements are kept by the form of the page. For any other question one is put together, which takes SQLAlchemy
longer than it takes PostgreSQL to answer it.
"""

from functools import lru_cache
from typing import Any, Final, cast

from sqlalchemy import Select, Text, bindparam

from datastore_service.application.pagination import PageRequest
from datastore_service.application.questions.question import RecordQuestion
from datastore_service.infrastructure.database.availability import unavailability_reported
from datastore_service.infrastructure.database.engine import ReadEngine
from datastore_service.infrastructure.database.pool import Rows
from datastore_service.infrastructure.database.readers.meaning import meant
from datastore_service.infrastructure.database.readers.pages import limited
from datastore_service.infrastructure.database.statements import Prepared, prepared
from datastore_service.infrastructure.database.views import record_view

_KEPT: Final = 256


def is_plain(question: RecordQuestion, request: PageRequest) -> bool:
    """Tells whether such a list, and no more than a page of it, is asked for."""
    return question == RecordQuestion(collection=question.collection) and not request.look_behind


class PlainLists:
    """Reads pages of such lists, up to one row more than their limits."""

    def __init__(self, selected: Select[*tuple[Any, ...]]) -> None:
        """Makes what reads this from `record_view`."""
        self._selected = selected
        self._statement = lru_cache(_KEPT)(self._made)

    async def rows(self, engine: ReadEngine, collection: str | None, request: PageRequest) -> Rows:
        """Returns the rows in the direction of the request.

        Raises:
            StoreUnavailable: The database cannot be reached.
        """
        values: dict[str, object] = {}
        if collection is not None:
            values["collection"] = collection
        if request.after is not None:
            values["after"] = request.after.record_id
        if request.before is not None:
            values["before"] = request.before.record_id
        statement = self._statement(tuple(values), request.limit, backwards=request.backwards)
        with unavailability_reported():
            return await engine.fetch(statement.text, statement.arguments(values))

    def _made(self, given: tuple[str, ...], limit: int, *, backwards: bool) -> Prepared:
        # A parameter stands in the place of the name.
        name = cast("str", bindparam("collection", type_=Text)) if "collection" in given else None
        query, key = meant(self._selected, RecordQuestion(collection=name), record_view), record_view.c.id
        if "after" in given:
            query = query.where(key > bindparam("after"))
        if "before" in given:
            query = query.where(key < bindparam("before"))
        return prepared(limited(query.order_by(key.desc() if backwards else key), limit))
