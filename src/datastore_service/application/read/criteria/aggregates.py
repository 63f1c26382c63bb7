"""What aggregates of records ask: groups, and what is worked out for each."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from datastore_service.application.fields import Field, Kind, PayloadPath, kind_of_attribute
from datastore_service.application.limits import Limits
from datastore_service.application.path_texts import shortened
from datastore_service.application.read.criteria.group_keys import UTC, GroupKey, check_time_zone, read_group_key
from datastore_service.application.read.criteria.record_criteria import EVERYTHING, RecordCriteria
from datastore_service.application.views import JsonText
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import check_storable, escape_pointer

MAX_FIELDS: Final = 10
"""By how many fields records may be grouped, and how much may be worked out for each group."""


class Function(StrEnum):
    """What is worked out."""

    COUNT = "count"
    COUNT_DISTINCT = "count_distinct"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"


_NUMBERS_ONLY: Final = frozenset({Function.SUM, Function.AVG})
_WITHOUT_ORDER: Final = frozenset({Kind.ID, Kind.TEXTS})


@dataclass(frozen=True, slots=True)
class Measure:
    """What is worked out for a group.

    Attributes:
        function: `count` is how many records there are or, with a field, how many have a value there.
            `count_distinct` is how many different values there are, as groups tell them apart, without null. `sum` and
            `avg` are of the numbers there, exactly, and pass over all else. `min` and `max` are of the texts, the
            numbers, true and false there, in the order of lists. They are null where there is nothing to take them of.
        field: Where the values are.
    """

    function: Function
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class GroupOrder:
    """That groups are ordered by a measure or by what they are grouped by: ascending, or exactly the other way round.

    Attributes:
        name: The name of the measure, or the text of the group key.
        descending: Whether the greatest come first. A measure that is null is less than any other.
    """

    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateCriteria:
    """Which records are meant, how they are grouped, and what is worked out for each group.

    Attributes:
        records: The records; in which order makes no difference.
        group_by: Records with the same values in all of these are a group; a missing value is one like any other.
            Without fields, all records are one group, even if there are none.
        time_zone: Where the periods of `group_by` begin and end; a name of the IANA database.
        measures: What is worked out, by its name in the answer.
        order: What groups are ordered by. The values that they are grouped by come last, in the order of lists, so
            that no two groups are equal.
        limit: The largest number of groups, those that come first.
    """

    records: RecordCriteria = EVERYTHING
    group_by: tuple[GroupKey, ...] = ()
    time_zone: str = UTC
    measures: Mapping[str, Measure]
    order: tuple[GroupOrder, ...] = ()
    limit: int

    def check(self, limits: Limits) -> None:
        """Makes sure that the question makes sense.

        Raises:
            InvalidValue: It asks for what cannot be worked out, or for more than the limits allow.
        """
        if len(self.group_by) > MAX_FIELDS or len(self.measures) > MAX_FIELDS:
            raise InvalidValue("/group_by", f"There are at most {MAX_FIELDS} fields to group by, and as many measures.")
        if not 1 <= self.limit <= limits.groups:
            raise InvalidValue("/limit", f"{self.limit} is not from 1 to {limits.groups}.")
        check_time_zone(self.time_zone, "/time_zone")
        for name, measure in self.measures.items():
            check_storable(name, f"/measures/{escape_pointer(name)}")
            _check(measure, f"/measures/{escape_pointer(name)}")
        if len(self.order) > limits.order_keys:
            raise InvalidValue("/sort", f"Groups are ordered by at most {limits.order_keys} names.")
        for index, key in enumerate(self.order):
            _check_order(key.name, self.group_by, self.measures, f"/sort/{index}")


@dataclass(frozen=True, slots=True)
class Group:
    """A group.

    Attributes:
        key: The values that its records have in common, by the names of the fields; what is missing is not in it.
        measures: What was worked out.
    """

    key: Mapping[str, JsonText]
    measures: Mapping[str, JsonText]


@dataclass(frozen=True, slots=True)
class Aggregates:
    """The groups, in order, and whether there are more of them."""

    groups: Sequence[Group]
    truncated: bool


def group_order(
    name: str, group_by: Collection[GroupKey], measures: Collection[str], pointer: str, *, descending: bool
) -> GroupOrder:
    """Makes the key of an order of groups; a field may be written in any way in which `group_by` takes it.

    Raises:
        InvalidValue: It is neither a measure nor a field to group by, or it is both.
    """
    if name not in measures:
        with suppress(InvalidValue):
            name = str(read_group_key(name, pointer))
    _check_order(name, group_by, measures, pointer)
    return GroupOrder(name, descending)


def _check_order(name: str, group_by: Collection[GroupKey], measures: Collection[str], pointer: str) -> None:
    is_key = any(name == str(key) for key in group_by)
    if name in measures and is_key:
        detail = f"{shortened(name)} is both a measure and a field to group by; name the measure differently."
        raise InvalidValue(pointer, detail)
    if name not in measures and not is_key:
        raise InvalidValue(pointer, f"{shortened(name)} is neither a measure nor a field to group by.")


def _check(measure: Measure, pointer: str) -> None:
    field, function = measure.field, measure.function
    if function is Function.COUNT:
        return
    if field is None:
        raise InvalidValue(f"{pointer}/field", f"{function} is of a field.")
    if function is Function.COUNT_DISTINCT:
        return
    is_number = kind_of_attribute(field) is Kind.NUMBER or (isinstance(field, PayloadPath) and not field.as_time)
    if (function in _NUMBERS_ONLY and not is_number) or kind_of_attribute(field) in _WITHOUT_ORDER:
        raise InvalidValue(f"{pointer}/field", f"There is no {function} of {field}.")
