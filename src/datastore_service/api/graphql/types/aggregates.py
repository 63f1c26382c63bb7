"""Aggregates of records over GraphQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from datastore_service.api.graphql.context import Info
from datastore_service.api.graphql.types.filters import OrderDirection, RecordFilter, condition_of
from datastore_service.api.graphql.types.scalars import JSON
from datastore_service.api.http import descriptions
from datastore_service.application.fields import read_field
from datastore_service.application.read.criteria.aggregates import (
    AggregateCriteria,
    Function,
    Group,
    Measure,
    group_order,
)
from datastore_service.application.read.criteria.group_keys import UTC, check_time_zone, read_group_key
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.queries.aggregate_records import AggregateRecords
from datastore_service.application.views import JsonText
from datastore_service.domain.errors import InvalidValue

_ORDER = (
    "The order of the groups. Groups that are equal, or all if nothing is given, come in the order of what they are "
    "grouped by."
)
_FIELD = "A field, such as `payload.age`, `version` or `payload.born::time`."


@strawberry.enum(description="The function of a measure.")
class AggregateFunction(Enum):
    COUNT = strawberry.enum_value("count", description="The number of records, or of those with a value.")
    COUNT_DISTINCT = strawberry.enum_value(
        "count_distinct", description="The number of different values; null is not counted, and 1 equals 1.0."
    )
    SUM = strawberry.enum_value("sum", description="The sum of the numbers, exactly.")
    AVG = strawberry.enum_value("avg", description="The average of the numbers.")
    MIN = strawberry.enum_value("min", description="The first of the texts, numbers, false and true.")
    MAX = strawberry.enum_value("max", description="The last of the texts, numbers, false and true.")


@strawberry.input(description="A value to compute for each group.")
class MeasureInput:
    name: str = strawberry.field(description="Its name in the response.")
    function: AggregateFunction = strawberry.field(description=descriptions.FUNCTION)
    field: str | None = strawberry.field(default=None, description=_FIELD)


@strawberry.input(description="A key of the order of groups.")
class GroupOrder:
    name: str = strawberry.field(description="The name of a measure, or one of `groupBy`.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC,
        description="Descending is the exact reverse of ascending; a measure that is null is less than any other.",
    )


@strawberry.type(description="A computed value.")
class Measured:
    name: str = strawberry.field(description="Its name in the query.")
    value: JSON | None = strawberry.field(description="A number with all its digits, a text, true or false; or null.")


@strawberry.type(description="A grouping field and its value.")
class GroupKey:
    field: str = strawberry.field(description="The field; of a period, with its unit, such as `created_at::month`.")
    value: JSON | None = strawberry.field(
        description="The value, which may be null; a group without a value has no such entry."
    )


@strawberry.type(description="A group of records with the same values.")
class RecordGroup:
    key: list[GroupKey] = strawberry.field(description="The values of the grouping fields.")
    measures: list[Measured] = strawberry.field(description="The computed values.")

    @classmethod
    def of(cls, group: Group) -> "RecordGroup":
        return cls(
            key=[GroupKey(field=field, value=_json(value)) for field, value in group.key.items()],
            measures=[Measured(name=name, value=_json(value)) for name, value in group.measures.items()],
        )


@strawberry.type(description="The groups, in their order.")
class RecordsAggregate:
    groups: list[RecordGroup] = strawberry.field(description="The groups.")
    truncated: bool = strawberry.field(description="Whether there are more groups than these.")


@strawberry.type
class AggregateQueries:
    @strawberry.field(description=AggregateRecords.__doc__)
    async def records_aggregate(
        self,
        info: Info,
        collection: Annotated[str | None, strawberry.argument(description=descriptions.ONLY_COLLECTION)] = None,
        filter: Annotated[RecordFilter | None, strawberry.argument(description=descriptions.FILTER_TREE)] = None,
        search: Annotated[str | None, strawberry.argument(description=descriptions.SEARCH)] = None,
        tags: Annotated[
            list[str] | None, strawberry.argument(description="Only records with all of these tags.")
        ] = None,
        include_deleted: Annotated[bool, strawberry.argument(description=descriptions.INCLUDE_DELETED)] = False,
        as_of: Annotated[datetime | None, strawberry.argument(description=descriptions.AS_OF)] = None,
        group_by: Annotated[list[str] | None, strawberry.argument(description=descriptions.GROUP_BY)] = None,
        time_zone: Annotated[str, strawberry.argument(description=descriptions.TIME_ZONE)] = UTC,
        measures: Annotated[list[MeasureInput] | None, strawberry.argument(description=descriptions.MEASURES)] = None,
        order_by: Annotated[list[GroupOrder] | None, strawberry.argument(description=_ORDER)] = None,
        limit: Annotated[int, strawberry.argument(description="The largest number of groups.")] = 100,
    ) -> RecordsAggregate:
        criteria = RecordCriteria(
            collection=collection,
            where=condition_of(filter) if filter else None,
            search=search,
            tags=tuple(tags or ()),
            include_deleted=include_deleted,
            as_of=as_of,
        )
        check_time_zone(time_zone, "/timeZone")
        keys = tuple(read_group_key(name, f"/groupBy/{index}") for index, name in enumerate(group_by or ()))
        measured = _measures(measures) if measures else {"count": Measure(Function.COUNT)}
        order = tuple(
            group_order(key.name, keys, measured, f"/orderBy/{index}", descending=key.direction is OrderDirection.DESC)
            for index, key in enumerate(order_by or ())
        )
        asked = AggregateCriteria(
            records=criteria, group_by=keys, time_zone=time_zone, measures=measured, order=order, limit=limit
        )
        found = await info.context.mediator.send(AggregateRecords(asked=asked))
        return RecordsAggregate(groups=[RecordGroup.of(group) for group in found.groups], truncated=found.truncated)


def _measures(written: Sequence[MeasureInput]) -> Mapping[str, Measure]:
    measures: dict[str, Measure] = {}
    for index, measure in enumerate(written):
        if measure.name in measures:
            raise InvalidValue(f"/measures/{index}/name", f"Two measures have the name {measure.name!r}.")
        field = None if measure.field is None else read_field(measure.field, f"/measures/{index}/field")
        measures[measure.name] = Measure(Function(measure.function.value), field)
    return measures


def _json(text: JsonText) -> JSON:
    return JSON(text)
