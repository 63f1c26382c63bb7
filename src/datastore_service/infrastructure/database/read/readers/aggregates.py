"""Aggregates as one statement: a subquery selects the values of the matching records, the outer query groups them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Numeric,
    Select,
    Text,
    case,
    cast,
    collate,
    func,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from datastore_service.application.fields import Field, Kind, PayloadPath, kind_of_attribute
from datastore_service.application.read.criteria.aggregates import (
    AggregateCriteria,
    Aggregates,
    Function,
    Group,
    Measure,
)
from datastore_service.infrastructure.database.engine.constants import constants, number
from datastore_service.infrastructure.database.engine.pool import Row
from datastore_service.infrastructure.database.read.readers.bound_queries import BoundQuery, bound
from datastore_service.infrastructure.database.read.readers.forms import CriteriaForm
from datastore_service.infrastructure.database.read.readers.sources import source_of
from datastore_service.infrastructure.database.read.readers.values import column_of, json_of, shown
from datastore_service.infrastructure.database.read.readers.where import apply_criteria, search_of
from datastore_service.infrastructure.database.schema.paths import FEW, is_of_type, payload_once, value_key


def aggregate_query(criteria: AggregateCriteria, language: str) -> Select[*tuple[Any, ...]]:
    """Returns the query of the groups, with up to one more than requested; `language` is that of searches."""
    form, bind = CriteriaForm.of(criteria.records), bound(BoundQuery.of(criteria.records))
    source, search = source_of(form, bind), search_of(form, bind, language)
    fields = [measure.field for measure in criteria.measures.values()]
    wanted = [*criteria.group_by, *(field for field in fields if field is not None)]
    read, payload = source, source.c.payload
    if sum(isinstance(field, PayloadPath) for field in wanted) > FEW:
        once = payload_once(source)
        read, payload = source.join(once, true()), once.c.payload
    columns = [
        *(column_of(field, source, payload).label(f"group_{at}") for at, field in enumerate(criteria.group_by)),
        *(
            column_of(field, source, payload).label(f"value_{at}")
            for at, field in enumerate(fields)
            if field is not None
        ),
    ]
    values = apply_criteria(
        select(number(1).label("one"), *columns).select_from(read), form, source, bind, search
    ).subquery("values_of_records")
    groups = [values.c[f"group_{place}"] for place in range(len(criteria.group_by))]
    measures = [
        _measured(measure, None if measure.field is None else values.c[f"value_{place}"]).label(f"measure_{place}")
        for place, measure in enumerate(criteria.measures.values())
    ]
    keys = [shown(field, column).label(f"key_{place}") for place, (field, column) in _pairs(criteria, groups)]
    query = select(*keys, *measures).select_from(values).limit(criteria.limit + 1)
    if not groups:
        return query
    return query.group_by(*groups).order_by(*(key for _, pair in _pairs(criteria, groups) for key in _order(*pair)))


def aggregates_of(criteria: AggregateCriteria, rows: Sequence[Row]) -> Aggregates:
    """Returns the groups in the rows of the query."""
    groups = [_group(criteria, row) for row in rows[: criteria.limit]]
    return Aggregates(groups, truncated=len(rows) > criteria.limit)


def _group(criteria: AggregateCriteria, row: Row) -> Group:
    keys = [(field, row[f"key_{place}"]) for place, field in enumerate(criteria.group_by)]
    measures = {
        name: json_of(row[f"measure_{place}"], measure.field)
        for place, (name, measure) in enumerate(criteria.measures.items())
    }
    return Group({str(field): json_of(value, field) for field, value in keys if value is not None}, measures)


def _pairs(criteria: AggregateCriteria, groups: Sequence[Any]) -> Sequence[tuple[int, tuple[Field, Any]]]:
    return list(enumerate(zip(criteria.group_by, groups, strict=True)))


def _order(field: Field, column: ColumnElement[Any]) -> Sequence[ColumnElement[Any]]:
    if isinstance(field, PayloadPath) and not field.as_time:
        # Beyond their keys, texts and values with texts are ordered by code points, and only numbers as JSON orders
        # them.
        text = case((is_of_type(column, "number").is_not(true()), column.op("#>>", return_type=Text())(constants([]))))
        return (value_key(column), text.collate("C"), column)
    return (column.collate("C"),) if kind_of_attribute(field) is Kind.TEXT else (column,)


def _measured(measure: Measure, value: ColumnElement[Any] | None) -> ColumnElement[Any]:
    function, field = measure.function, measure.field
    if value is None:
        return func.count()
    if function is Function.COUNT:
        return func.count(value)
    if isinstance(field, PayloadPath) and not field.as_time:
        return _of_json(function, value)
    if kind_of_attribute(field) is Kind.NUMBER:
        return cast(_exact(function, cast(value, Numeric)), Text)
    compared = value.collate("C") if kind_of_attribute(field) is Kind.TEXT else value
    return func.min(compared) if function is Function.MIN else func.max(compared)


def _of_json(function: Function, value: ColumnElement[Any]) -> ColumnElement[Any]:
    text = value.op("#>>", return_type=Text())(constants([]))
    number = case((is_of_type(value, "number"), cast(text, Numeric)))
    if function not in {Function.MIN, Function.MAX}:
        return cast(_exact(function, number), Text)
    texts = collate(case((is_of_type(value, "string"), text)), "C")
    flags = case((is_of_type(value, "boolean"), cast(text, Boolean)))
    if function is Function.MIN:
        parts = (func.min(texts, type_=Text), func.min(number), func.bool_and(flags))
    else:
        parts = (func.bool_or(flags), func.max(number), func.max(texts, type_=Text))
    return cast(func.coalesce(*(func.to_jsonb(part, type_=JSONB) for part in parts)), Text)


def _exact(function: Function, number: ColumnElement[Any]) -> ColumnElement[Any]:
    match function:
        case Function.SUM:
            return func.sum(number)
        case Function.AVG:
            return func.trim_scale(func.avg(number))
        case Function.MIN:
            return func.min(number)
        case _:
            return func.max(number)
