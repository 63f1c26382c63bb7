"""The criteria that lists, counts and aggregates of records share."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from datastore_service.application.limits import Limits
from datastore_service.application.read.collection_scope import CollectionScope
from datastore_service.application.read.criteria.conditions import (
    AnyItem,
    Condition,
    all_in,
    comparisons_of,
    depth_of,
)
from datastore_service.application.read.criteria.orders import BY_RELEVANCE, Order
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import check_storable
from datastore_service.domain.records.values import collection_name, tag_set

MAX_SEARCH_LENGTH: Final = 1000
MAX_ARRAYS: Final = 20
"""Of how many arrays a filter may look at the items; PostgreSQL copies all items of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCriteria:
    """Which records are meant, and in which order.

    Attributes:
        collection: Only those of one collection; an unknown one is empty.
        within: Only those of these collections; None is any.
        where: Only those of which this holds.
        search: Only those in whose texts these words are: `"in a row"`, `one OR other`, `-without`.
        tags: Only those that have all of these tags.
        order: What the list is ordered by. The id comes last; without an order, the id alone.
        include_deleted: Tombstones as well.
        as_of: As the store was at this time; None is now.
    """

    collection: str | None = None
    within: CollectionScope = None
    where: Condition | None = None
    search: str | None = None
    tags: tuple[str, ...] = ()
    order: Order = ()
    include_deleted: bool = False
    as_of: datetime | None = None

    def checked(self, limits: Limits) -> Self:
        """Checks the criteria and returns them as a reader takes them: each tag once, in order.

        Raises:
            InvalidValue: A name is not valid, or the criteria exceed a limit.
        """
        if self.collection is not None:
            collection_name(self.collection)
        if self.where is not None:
            _check_size(self.where, limits)
        if self.search is not None:
            check_storable(self.search, "/search")
            if len(self.search) > MAX_SEARCH_LENGTH:
                raise InvalidValue("/search", f"What is searched for has at most {MAX_SEARCH_LENGTH} characters.")
        if len(self.order) > limits.order_keys:
            raise InvalidValue("/sort", f"A list is ordered by at most {limits.order_keys} fields.")
        tags = tag_set(self.tags)
        return self if tags == self.tags else replace(self, tags=tags)

    @property
    def scope(self) -> str:
        """Names the lists in which a cursor of this one has the same meaning."""
        searched = [] if self.search is None or self.order else [self.search]
        return json.dumps([_SCOPE if self.order else "records", *map(str, self.order), *searched])

    @property
    def arranged(self) -> Order:
        """The order that the list is in, before the ids decide."""
        return BY_RELEVANCE if self.search is not None and not self.order else self.order


_SCOPE: Final = "records 2"
"""The number changes whenever the format of cursors in ordered lists changes."""


def _check_size(condition: Condition, limits: Limits) -> None:
    if depth_of(condition) > limits.filter_depth:
        raise InvalidValue("/filter", f"The filter is nested more than {limits.filter_depth} levels deep.")
    comparisons = comparisons_of(condition)
    operands = sum(len(one.operand) if isinstance(one.operand, list) else 1 for one in comparisons)
    if operands > limits.filter_values:
        raise InvalidValue("/filter", f"The filter compares with {operands} values; {limits.filter_values} are taken.")
    arrays = sum(isinstance(part, AnyItem) for part in all_in(condition))
    if arrays > MAX_ARRAYS:
        raise InvalidValue("/filter", f"The filter looks at the items of {arrays} arrays; {MAX_ARRAYS} are taken.")


EVERYTHING: Final = RecordCriteria()
