"""Forms: the part of criteria and pages that the SQL depends on. Requests of one form share a statement (adr/0030)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, cast

from datastore_service.application.fields import Attribute, Field, Kind, PayloadPath, kind_of_attribute
from datastore_service.application.read.criteria.conditions import (
    AllOf,
    AnyItem,
    AnyOf,
    Comparison,
    Condition,
    ItemCount,
    Not,
    Operator,
    comparisons_of,
)
from datastore_service.application.read.criteria.evaluation import kind_of
from datastore_service.application.read.criteria.orders import Order, is_told_by_key
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.domain.json_value import Json

MOST_JOINS: Final = 4
"""The maximum number of joins with tags in a condition. With more, planning takes long; with 100, seconds."""


_MANY_COMPARISONS: Final = 50


@dataclass(frozen=True, slots=True)
class CriteriaForm:
    """The form of criteria.

    Attributes:
        collection: Whether they select one collection.
        within: Whether they are limited to some collections.
        where: The form of the condition, including required tags.
        search: Whether there is a full-text search.
        order: The order of the list.
        include_deleted: Whether tombstones are included.
        as_of: Whether they are about a past time.
    """

    collection: bool
    within: bool
    where: Condition | None
    search: bool
    order: Order
    include_deleted: bool
    as_of: bool

    @classmethod
    def of(cls, criteria: RecordCriteria) -> Self:
        """Returns the form of these criteria."""
        return cls(
            criteria.collection is not None,
            criteria.within is not None,
            None if (condition := condition_of(criteria)) is None else form_of(condition),
            criteria.search is not None,
            criteria.arranged,
            criteria.include_deleted,
            criteria.as_of is not None,
        )

    @property
    def is_long(self) -> bool:
        """Tells whether the statement is so long that only a few such statements are cached."""
        return self.where is not None and len(comparisons_of(self.where)) > _MANY_COMPARISONS

    @property
    def settles(self) -> bool:
        """Tells whether PostgreSQL's best plan for a page is the same for all values.

        A range, or a tag, may match nearly all records or nearly none. Once PostgreSQL has chosen a plan, rare matches
        are
        searched in the way that suits frequent ones. One value of a payload is looked up in an index, if there is one,
        which
        has the records in the order of their ids; without an index, that order is the only way.
        """
        if self.search or self.as_of or (self.within and not self.collection):
            return False
        if self.where is None:
            return True
        return (
            isinstance(self.where, Comparison)
            and isinstance(self.where.field, PayloadPath)
            and self.where.operator is Operator.EQ
            and not self.order
        )


@dataclass(frozen=True, slots=True)
class PageForm:
    """The form of a page.

    Attributes:
        limit: The number of items; a constant in the statement, because PostgreSQL plans for it (adr/0052).
        after: Whether it comes after a position.
        before: Whether it comes before a position.
        backwards: Whether it is taken from the end.
        look_behind: Whether to find out if there are items on the other side of its start.
    """

    limit: int
    after: bool
    before: bool
    backwards: bool
    look_behind: bool = False

    @classmethod
    def of(cls, request: PageRequest) -> Self:
        """Returns the form of this page."""
        after, before = request.after is not None, request.before is not None
        return cls(request.limit, after, before, request.backwards, request.look_behind)

    @property
    def start(self) -> str | None:
        """The name of the position that the page starts from, in its own direction."""
        name, is_given = ("before", self.before) if self.backwards else ("after", self.after)
        return name if is_given else None


def condition_of(criteria: RecordCriteria) -> Condition | None:
    """Returns the condition on records, including required tags."""
    tagged = Comparison(Attribute.TAGS, Operator.CONTAINS, [*criteria.tags]) if criteria.tags else None
    parts = tuple([part for part in (tagged, criteria.where) if part is not None])
    return AllOf(parts) if parts else None


def form_of(condition: Condition) -> Condition:
    """Returns the form of a condition: each operand is replaced by the part of it that the SQL depends on."""
    match condition:
        case AllOf((part,)) | AnyOf((part,)):
            return form_of(part)
        case AllOf(parts):
            return AllOf(tuple([form_of(part) for part in parts]))
        case AnyOf(parts):
            return AnyOf(tuple([form_of(part) for part in parts]))
        case Not(part):
            return Not(form_of(part))
        case AnyItem(array, part):
            return AnyItem(array, form_of(part))
        case Comparison(field, operator, operand):
            return Comparison(field, operator, _sort(field, operator, cast("Any", operand)))


def _sort(field: Field | ItemCount, operator: Operator, operand: Any) -> Json:  # noqa: ANN401 - of whichever type the field is
    match operator:
        case Operator.EXISTS:
            return operand
        case Operator.CONTAINS if kind_of_attribute(field) is Kind.TEXTS:
            return min(len(operand), MOST_JOINS + 1)
        case Operator.EQ if _is_json(field):
            return is_told_by_key(operand)
        case Operator.IN if _is_json(field):
            return all(map(is_told_by_key, operand))
        case Operator.GT | Operator.GTE | Operator.LT | Operator.LTE if _is_json(field):
            return _JSON_TYPES[kind_of(operand)]
        case _:
            return None


def _is_json(field: Field | ItemCount) -> bool:
    return isinstance(field, PayloadPath) and not field.as_time


_JSON_TYPES: Final[Mapping[str, str]] = {"str": "string", "number": "number", "boolean": "boolean"}
