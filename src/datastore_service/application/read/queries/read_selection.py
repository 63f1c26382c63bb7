"""Answer several queries at once, in a given shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datastore_service.application.limits import Limits
from datastore_service.application.messages import Composite, Query
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.ports.selections import SelectionReader
from datastore_service.application.read.selections import Constant, Part
from datastore_service.application.views import JsonText


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSelection(Composite[JsonText]):
    """Read the results of several queries as one JSON object."""

    members: Sequence[Constant | Part]

    @property
    def parts(self) -> Sequence[Query[Any]]:
        return [query for member in self.members if isinstance(member, Part) for query in member.queries]


@dataclass(frozen=True, slots=True)
class ReadSelectionHandler:
    """Checks what the handlers of the parts would check, then reads all parts with one statement."""

    selections: SelectionReader
    limits: Limits

    async def handle(self, query: ReadSelection) -> JsonText:
        for part in query.parts:
            criteria = getattr(part, "criteria", None)
            if isinstance(criteria, RecordCriteria):
                criteria.checked(self.limits)
        return await self.selections.read(query.members)
