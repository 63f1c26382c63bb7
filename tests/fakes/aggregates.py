"""Aggregates in memory."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal, localcontext
from functools import cmp_to_key
from uuid import UUID

from datastore_service.application.fields import Field
from datastore_service.application.json_codec import encode
from datastore_service.application.read.criteria.aggregates import (
    AggregateCriteria,
    Aggregates,
    Function,
    Group,
    Measure,
)
from datastore_service.application.read.criteria.evaluation import MISSING, Missing, Value, value_of
from datastore_service.application.read.criteria.orders import OrderKey, precedes
from datastore_service.application.read.criteria.projection import lengths_in
from datastore_service.application.times import timestamp
from datastore_service.application.views import JsonText, ProjectedRecord
from datastore_service.domain.json_value import Json, exact_number
from datastore_service.domain.records.record import Record

NOBODY = UUID(int=0)


def aggregate(records: Sequence[Record], criteria: AggregateCriteria) -> Aggregates:
    groups: dict[str, tuple[Sequence[Value], list[Record]]] = {} if criteria.group_by else {"": ((), [])}
    for record in records:
        values = [value_of(field, record) for field in criteria.group_by]
        groups.setdefault(" ".join(map(identity, values)), (values, []))[1].append(record)
    order = tuple(OrderKey(field) for field in criteria.group_by)
    ordered = sorted(
        groups.values(),
        key=cmp_to_key(lambda one, other: -1 if precedes(order, (one[0], NOBODY), (other[0], NOBODY)) else 1),
    )
    found = [
        Group(
            {
                str(field): json_of(value)
                for field, value in zip(criteria.group_by, values, strict=True)
                if value is not MISSING
            },
            {name: json_of(_measured(measure, members)) for name, measure in criteria.measures.items()},
        )
        for values, members in ordered[: criteria.limit]
    ]
    return Aggregates(found, truncated=len(ordered) > criteria.limit)


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
