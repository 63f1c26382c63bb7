"""Aggregates in memory."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from functools import cmp_to_key
from uuid import UUID
from zoneinfo import ZoneInfo

from datastore_service.application.fields import Field, Relevance
from datastore_service.application.json_codec import encode
from datastore_service.application.read.criteria.aggregates import (
    AggregateCriteria,
    Aggregates,
    Function,
    Group,
    GroupOrder,
    Measure,
)
from datastore_service.application.read.criteria.evaluation import MISSING, Missing, Value, value_of
from datastore_service.application.read.criteria.group_keys import GroupKey, Period, Unit, field_of
from datastore_service.application.read.criteria.orders import OrderKey, precedes
from datastore_service.application.read.criteria.projection import lengths_in
from datastore_service.application.times import timestamp
from datastore_service.application.views import JsonText, ProjectedRecord
from datastore_service.domain.json_value import Json, exact_number
from datastore_service.domain.records.record import Record

NOBODY = UUID(int=0)


def aggregate(records: Sequence[Record], criteria: AggregateCriteria) -> Aggregates:
    members: dict[str, tuple[Sequence[Value], list[Record]]] = {} if criteria.group_by else {"": ((), [])}
    for record in records:
        values = [key_value(key, record, criteria.time_zone) for key in criteria.group_by]
        members.setdefault(" ".join(map(identity, values)), (values, []))[1].append(record)
    keys = [str(key) for key in criteria.group_by]
    groups = [
        (
            dict(zip(keys, values, strict=True)),
            {name: _measured(measure, of_group) for name, measure in criteria.measures.items()},
        )
        for values, of_group in members.values()
    ]
    order = [*criteria.order, *map(GroupOrder, keys)]
    ordered = sorted(
        groups,
        key=cmp_to_key(lambda one, other: -1 if comes_before(order, one[1] | one[0], other[1] | other[0]) else 1),
    )
    found = [
        Group(
            {name: json_of(value) for name, value in key.items() if value is not MISSING},
            {name: json_of(value) for name, value in measures.items()},
        )
        for key, measures in ordered[: criteria.limit]
    ]
    return Aggregates(found, truncated=len(ordered) > criteria.limit)


def comes_before(order: Sequence[GroupOrder], one: Mapping[str, Value], other: Mapping[str, Value]) -> bool:
    """Tells whether a group comes before another, by what they have under the names of the order."""
    # The order of lists, of which only the directions are taken here.
    directions = tuple(OrderKey(Relevance.RELEVANCE, key.descending) for key in order)
    return precedes(
        directions, ([one[key.name] for key in order], NOBODY), ([other[key.name] for key in order], NOBODY)
    )


def key_value(key: GroupKey, record: Record, time_zone: str) -> Value:
    value = value_of(field_of(key), record)
    return period_of(key, value, time_zone) if isinstance(key, Period) and isinstance(value, datetime) else value


def period_of(period: Period, moment: datetime, time_zone: str) -> Value:
    try:
        local = moment.astimezone(ZoneInfo(time_zone))
        if period.unit is Unit.HOUR:
            past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
            return moment - past
    except OverflowError:
        return MISSING
    day = local.date()
    begins = {
        Unit.DAY: day,
        Unit.WEEK: day - timedelta(days=day.weekday()),
        Unit.MONTH: day.replace(day=1),
        Unit.QUARTER: day.replace(month=day.month - (day.month - 1) % 3, day=1),
        Unit.YEAR: day.replace(month=1, day=1),
    }
    return begins[period.unit].isoformat()


def picked(record: Record, fields: Sequence[Field]) -> ProjectedRecord:
    values = [(field, value_of(field, record)) for field in fields]
    return ProjectedRecord(
        {field: json_of(value) for field, value in values if value is not MISSING}, lengths_in(record.payload, fields)
    )


def _measured(measure: Measure, records: Iterable[Record]) -> Value:
    if measure.field is None:
        return len(list(records))
    values = [value for record in records if (value := value_of(measure.field, record)) is not MISSING]
    numbers = [exact_number(v) for v in values if isinstance(v, int | float | Decimal) and not isinstance(v, bool)]
    match measure.function:
        case Function.COUNT:
            return len(values)
        case Function.COUNT_DISTINCT:
            return len({identity(value) for value in values if value is not None})
        case Function.SUM:
            with localcontext(prec=1000):
                return sum(numbers, Decimal(0)) if numbers else None
        case Function.AVG:
            with localcontext(prec=100):
                return sum(numbers, Decimal(0)) / len(numbers) if numbers else None
        case Function.MIN | Function.MAX:
            order = (OrderKey(measure.field),)
            comparable = [value for value in values if value is not None and not isinstance(value, list | dict)]
            ranked = sorted(
                comparable,
                key=cmp_to_key(lambda one, other: -1 if precedes(order, ([one], NOBODY), ([other], NOBODY)) else 1),
            )
            return (ranked[0] if measure.function is Function.MIN else ranked[-1]) if ranked else None


def identity(value: Value) -> str:
    """Returns what is the same of values that are one group."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(exact_number(value).normalize())
    if isinstance(value, list):
        return f"[{' '.join(map(identity, value))}]"
    if isinstance(value, dict):
        return f"{{{' '.join(f'{encode(key).decode()}:{identity(value[key])}' for key in sorted(value))}}}"
    return json_of(value)


def json_of(value: Value) -> JsonText:
    match value:
        case datetime():
            return JsonText(f'"{timestamp(value)}"')
        case UUID():
            return JsonText(f'"{value}"')
        case tuple():
            tags: list[Json] = [*value]
            return JsonText(encode(tags).decode())
        case Missing():
            return JsonText("missing")
        case _:
            return JsonText(encode(value).decode())
