"""Aggregates as one statement: a subquery selects the values of the matching records, the outer query groups them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    Numeric,
    Select,
    Text,
    case,
    cast,
    collate,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from datastore_service.application.fields import Kind, PayloadPath, kind_of_attribute
from datastore_service.application.read.criteria.aggregates import (
    AggregateCriteria,
    Aggregates,
    Function,
    Group,
    GroupOrder,
    Measure,
)
from datastore_service.application.read.criteria.group_keys import GroupKey, Period, Unit, field_of
from datastore_service.infrastructure.database.engine.constants import constant, constants, number
from datastore_service.infrastructure.database.engine.pool import Row
from datastore_service.infrastructure.database.read.readers.bound_queries import BoundQuery, bound
from datastore_service.infrastructure.database.read.readers.forms import CriteriaForm
from datastore_service.infrastructure.database.read.readers.sources import source_of
from datastore_service.infrastructure.database.read.readers.values import column_of, json_of, shown
from datastore_service.infrastructure.database.read.readers.where import apply_criteria, search_of
from datastore_service.infrastructure.database.schema.paths import FEW, is_of_type, payload_once, value_key


def aggregate_query(criteria: AggregateCriteria, language: str) -> Select[*tuple[Any, ...]]:
    """Returns the query of the groups, with up to one more than requested; `language` is that of searches."""
    values = _values(criteria, language)
    keys = [(key, values.c[f"group_{at}"]) for at, key in enumerate(criteria.group_by)]
    measures = [
        (measure, _measured(measure, None if measure.field is None else values.c[f"value_{at}"]))
        for at, measure in enumerate(criteria.measures.values())
    ]
    query = select(
        *(_shown_key(key, column).label(f"key_{at}") for at, (key, column) in enumerate(keys)),
        *(_shown_measure(measure, value).label(f"measure_{at}") for at, (measure, value) in enumerate(measures)),
    )
    query = query.select_from(values).limit(criteria.limit + 1)
    if not keys:
        return query
    key_of = {str(key): (key, column) for key, column in keys}
    measure_of = dict(zip(criteria.measures, measures, strict=True))
    order = [
        rank.desc() if each.descending else rank
        for each in (*criteria.order, *map(GroupOrder, key_of))
        for rank in (
            _rank_of_key(*key_of[each.name]) if each.name in key_of else _rank_of_measure(*measure_of[each.name])
        )
    ]
    return query.group_by(*(column for _, column in keys)).order_by(*order)


def aggregates_of(criteria: AggregateCriteria, rows: Sequence[Row]) -> Aggregates:
    """Returns the groups in the rows of the query."""
    groups = [_group(criteria, row) for row in rows[: criteria.limit]]
    return Aggregates(groups, truncated=len(rows) > criteria.limit)


def _group(criteria: AggregateCriteria, row: Row) -> Group:
    keys = [(key, row[f"key_{place}"]) for place, key in enumerate(criteria.group_by)]
    measures = {
        name: json_of(row[f"measure_{place}"], measure.field)
        for place, (name, measure) in enumerate(criteria.measures.items())
    }
    return Group({str(key): json_of(value, field_of(key)) for key, value in keys if value is not None}, measures)


def _values(criteria: AggregateCriteria, language: str) -> FromClause:
    """Returns the values of the records that match: what they are grouped by, and what is measured."""
    form, bind = CriteriaForm.of(criteria.records), bound(BoundQuery.of(criteria.records))
    source, search = source_of(form, bind), search_of(form, bind, language)
    grouped = [field_of(key) for key in criteria.group_by]
    fields = [measure.field for measure in criteria.measures.values()]
    read, payload = source, source.c.payload
    if sum(isinstance(field, PayloadPath) for field in (*grouped, *fields)) > FEW:
        once = payload_once(source)
        read, payload = source.join(once, true()), once.c.payload
    columns = [
        *(column_of(field, source, payload).label(f"group_{at}") for at, field in enumerate(grouped)),
        *(
            column_of(field, source, payload).label(f"value_{at}")
            for at, field in enumerate(fields)
            if field is not None
        ),
    ]
    values = apply_criteria(select(number(1).label("one"), *columns).select_from(read), form, source, bind, search)
    if any(isinstance(key, Period) for key in criteria.group_by):
        values = _with_periods(values, criteria)
    return values.subquery("values_of_records")


def _with_periods(values: Select[*tuple[Any, ...]], criteria: AggregateCriteria) -> Select[*tuple[Any, ...]]:
    """Returns the values with periods instead of their times.

    To read a time in a payload is expensive. OFFSET 0 keeps PostgreSQL from doing it again for each use.
    """
    read = values.offset(number(0)).subquery("times_of_records")
    periods = {
        f"group_{at}": _period(key, read.c[f"group_{at}"], criteria.time_zone)
        for at, key in enumerate(criteria.group_by)
        if isinstance(key, Period)
    }
    return select(*(periods.get(column.name, column).label(column.name) for column in read.c))


def _period(period: Period, moment: ColumnElement[Any], time_zone: str) -> ColumnElement[Any]:
    zone, unit = literal(time_zone, Text), constant(period.unit)
    local = func.timezone(zone, moment, type_=DateTime())
    first, last = constant("0001-01-01"), constant("9999-12-31 23:59:59.999999")
    is_kept = local.between(cast(first, DateTime()), cast(last, DateTime()))
    if period.unit is not Unit.HOUR:
        return case((is_kept, cast(func.date_trunc(unit, local), Date)))
    begins = func.date_trunc(unit, moment, zone, type_=moment.type)
    return case((is_kept & (begins >= cast(constant("0001-01-01 00:00:00+00"), moment.type)), begins))


def _shown_key(key: GroupKey, column: ColumnElement[Any]) -> ColumnElement[Any]:
    return column if isinstance(key, Period) else shown(key, column)


def _rank_of_key(key: GroupKey, column: ColumnElement[Any]) -> Sequence[ColumnElement[Any]]:
    if isinstance(key, PayloadPath) and not key.as_time:
        return _rank_of_json(column)
    return (column.collate("C"),) if kind_of_attribute(key) is Kind.TEXT else (column,)


def _rank_of_measure(measure: Measure, value: ColumnElement[Any]) -> Sequence[ColumnElement[Any]]:
    """Returns what measures are ordered by; one that is null is less than any other, as in lists."""
    if _is_json(measure):
        return _rank_of_json(func.coalesce(value, cast(constant("null"), JSONB)))
    is_text = kind_of_attribute(measure.field) is Kind.TEXT and measure.function in {Function.MIN, Function.MAX}
    return (value.is_not(None), value.collate("C") if is_text else value)


def _rank_of_json(value: ColumnElement[Any]) -> Sequence[ColumnElement[Any]]:
    # Beyond their keys, texts and values with texts are ordered by code points, and only numbers as JSON orders them.
    text = case((is_of_type(value, "number").is_not(true()), value.op("#>>", return_type=Text())(constants([]))))
    return (value_key(value), text.collate("C"), value)


def _is_json(measure: Measure) -> bool:
    is_of_json = isinstance(measure.field, PayloadPath) and not measure.field.as_time
    return is_of_json and measure.function in {Function.MIN, Function.MAX}


def _shown_measure(measure: Measure, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Returns the expression that selects a measure; numbers as text, with all their digits."""
    return cast(value, Text) if _is_json(measure) or isinstance(value.type, Numeric) else value


def _measured(measure: Measure, value: ColumnElement[Any] | None) -> ColumnElement[Any]:
    function, field = measure.function, measure.field
    if value is None:
        return func.count()
    is_json = isinstance(field, PayloadPath) and not field.as_time
    if function is Function.COUNT:
        return func.count(value)
    if function is Function.COUNT_DISTINCT:
        return func.count((func.nullif(value, cast(constant("null"), JSONB)) if is_json else value).distinct())
    if is_json:
        return _of_json(function, value)
    if kind_of_attribute(field) is Kind.NUMBER:
        return _exact(function, cast(value, Numeric))
    compared = value.collate("C") if kind_of_attribute(field) is Kind.TEXT else value
    return func.min(compared) if function is Function.MIN else func.max(compared)


def _of_json(function: Function, value: ColumnElement[Any]) -> ColumnElement[Any]:
    text = value.op("#>>", return_type=Text())(constants([]))
    number = case((is_of_type(value, "number"), cast(text, Numeric)))
    if function not in {Function.MIN, Function.MAX}:
        return _exact(function, number)
    texts = collate(case((is_of_type(value, "string"), text)), "C")
    flags = case((is_of_type(value, "boolean"), cast(text, Boolean)))
    if function is Function.MIN:
        parts = (func.min(texts, type_=Text), func.min(number), func.bool_and(flags))
    else:
        parts = (func.bool_or(flags), func.max(number), func.max(texts, type_=Text))
    return func.coalesce(*(func.to_jsonb(part, type_=JSONB) for part in parts), type_=JSONB)


def _exact(function: Function, number: ColumnElement[Any]) -> ColumnElement[Any]:
    match function:
        case Function.SUM:
            return func.sum(number, type_=Numeric)
        case Function.AVG:
            return func.trim_scale(func.avg(number), type_=Numeric)
        case Function.MIN:
            return func.min(number, type_=Numeric)
        case _:
            return func.max(number, type_=Numeric)
