"""Finds the indexes that a query lacks."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from datastore_service.application.advice import Advice
from datastore_service.application.fields import Attribute, PayloadPath
from datastore_service.application.limits import Limits
from datastore_service.application.ports.indexes import PayloadIndexes
from datastore_service.application.read.criteria.conditions import AllOf, Comparison, Condition, Operator
from datastore_service.application.read.criteria.record_criteria import RecordCriteria

_SERVED: Final = frozenset({Operator.EQ, Operator.IN, Operator.GT, Operator.GTE, Operator.LT, Operator.LTE})
"""How an index on a path can be asked."""


@dataclass(frozen=True, slots=True)
class Advisor:
    """Finds out which index a question lacks."""

    indexes: PayloadIndexes
    limits: Limits

    async def on(self, criteria: RecordCriteria) -> Sequence[Advice]:
        """Returns the indexes that would serve the query; none if it has one, or its collection is not large.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        collection = criteria.collection
        if collection is None or criteria.as_of is not None:
            return []
        indexes = (await self.indexes.of({collection})).get(collection, ())
        built = [index.path for index in indexes if index.state == "ready"]
        lacking = unserved(criteria, built)
        if not lacking or not await self.indexes.is_larger(collection, self.limits.large_collection):
            return []
        return [Advice(collection, str(path)) for path in lacking]


def unserved(criteria: RecordCriteria, indexed: Collection[str]) -> Sequence[PayloadPath]:
    """Returns the paths in the filter and the order for which an index is missing.

    If all of several comparisons have to hold, an index for one is enough: it leaves few records to look at. No index
    can serve a comparison below OR or NOT.
    """
    compared = list(_compared(criteria.where)) if criteria.where else []
    paths = [one.field for one in compared if isinstance(one.field, PayloadPath)]
    narrow = bool(criteria.tags) or any(
        one.field is Attribute.ID or (isinstance(one.field, PayloadPath) and str(one.field) in indexed)
        for one in compared
    )
    if narrow:
        return []
    first = criteria.order[0].field if criteria.order else None
    if isinstance(first, PayloadPath) and str(first) not in indexed:
        paths = [*paths, first]
    return list(dict.fromkeys(paths))


def _compared(condition: Condition) -> Iterator[Comparison]:
    match condition:
        case AllOf(parts):
            for part in parts:
                yield from _compared(part)
        case Comparison(operator=operator) if operator in _SERVED:
            yield condition
        case _:
            pass
