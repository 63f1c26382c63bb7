"""The question that lists, counts and aggregates of records share."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from datastore_service.application.limits import Limits
from datastore_service.application.questions.conditions import Condition, comparisons_of, depth_of
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.records.values import collection_name, tag_set


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordQuestion:
    """Which records are meant.

    Attributes:
        collection: Only those of one collection; an unknown one is empty.
        where: Only those of which this holds.
        tags: Only those that have all of these tags.
        include_deleted: Tombstones as well.
        as_of: As the store was at this time; None is now.
    """

    collection: str | None = None
    where: Condition | None = None
    tags: tuple[str, ...] = ()
    include_deleted: bool = False
    as_of: datetime | None = None

    def checked(self, limits: Limits) -> Self:
        """Returns the question as it is put to a store.

        Raises:
            InvalidValue: It names what cannot be, or asks for more than the limits allow.
        """
        if self.collection is not None:
            collection_name(self.collection)
        if self.where is not None:
            _check_size(self.where, limits)
        return replace(self, tags=tag_set(self.tags))


def _check_size(condition: Condition, limits: Limits) -> None:
    if depth_of(condition) > limits.filter_depth:
        raise InvalidValue("/filter", f"The filter is nested more than {limits.filter_depth} levels deep.")
    comparisons = comparisons_of(condition)
    operands = sum(len(one.operand) if isinstance(one.operand, list) else 1 for one in comparisons)
    if operands > limits.filter_values:
        raise InvalidValue("/filter", f"The filter compares with {operands} values; {limits.filter_values} are taken.")


EVERYTHING: Final = RecordQuestion()
