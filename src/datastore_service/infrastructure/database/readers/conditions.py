"""Filters as SQL, in which every value and every path is a bound parameter.

SQL knows a third truth value where something is missing. At the top, and below AND and OR, it counts as false; only
NOT would let it through, so that says IS NOT TRUE instead.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    FromClause,
    Numeric,
    Text,
    and_,
    any_,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.types import TypeEngine

from datastore_service.application.questions.conditions import (
    TEXT_OPERATORS,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Not,
    Operator,
)
from datastore_service.application.questions.evaluation import kind_of
from datastore_service.application.questions.fields import Attribute, PayloadPath
from datastore_service.application.questions.orders import is_told_by_key, key_of
from datastore_service.infrastructure.database.readers.paths import (
    is_of_type,
    jsonb,
    jsonb_array,
    path_key,
    path_text,
    path_value,
)
from datastore_service.infrastructure.database.views import record_tag_view, record_view, tag_name_view, tag_view

type _Sql = ColumnElement[bool]
type _Given = Any


def sql_of(condition: Condition, source: FromClause) -> _Sql:
    """Returns what is true in SQL of the rows of which the condition holds, and false or unknown of the others."""
    match condition:
        case AllOf(parts):
            return and_(true(), *(sql_of(part, source) for part in parts))
        case AnyOf(parts):
            return or_(false(), *(sql_of(part, source) for part in parts))
        case Not(part):
            return _not(sql_of(part, source))
        case Comparison(PayloadPath() as path):
            compare = _time if path.as_time else _payload
            return compare(path, condition.operator, cast("Any", condition.operand), source.c.payload)
        case Comparison(Attribute.TAGS):
            return _tags(condition.operator, cast("Sequence[str]", condition.operand), source)
        case Comparison(field):
            return _attribute(cast("Attribute", field), condition, source)


def _not(condition: _Sql) -> _Sql:
    return condition.is_not(true())


def _payload(path: PayloadPath, operator: Operator, operand: _Given, payload: ColumnElement[Any]) -> _Sql:
    value = path_value(payload, path.steps)
    # What the value decides exactly, its key decides roughly, and an index may be on keys.
    key = path_key(payload, path)
    match operator:
        case Operator.EXISTS:
            return value.is_not(None) if operand else value.is_(None)
        case Operator.EQ:
            exactly = true() if is_told_by_key(operand) else _too(_holds(value, "=", jsonb(operand)))
            return and_(_holds(key, "=", jsonb(key_of(operand))), exactly)
        case Operator.IN:
            keys = jsonb_array([key_of(item) for item in operand])
            told = all(map(is_told_by_key, operand))
            exactly = true() if told else _too(_holds(value, "=", any_(jsonb_array(operand))))
            return and_(_holds(key, "=", any_(keys)), exactly)
        case Operator.CONTAINS:
            return _holds(value, "@>", jsonb(operand))
        case text if text in TEXT_OPERATORS:
            return and_(_too(is_of_type(value, "string")), _TEXTS[text](path_text(payload, path.steps), operand))
        case _:
            exactly = _holds(value, _ORDERS[operator], jsonb(operand))
            of_its_type = is_of_type(value, _JSON_TYPES[kind_of(operand)])
            return and_(_holds(key, _NOT_STRICT[operator], jsonb(key_of(operand))), _too(and_(exactly, of_its_type)))


def _too(condition: _Sql) -> _Sql:
    """Says a condition that goes with another one, of which PostgreSQL knows the rarity.

    It takes conditions for independent of each other, and two that say the same for much rarer than they are: then it
    would look through a whole collection for what an order finds soon. That this is not null, it takes for nearly sure.
    """
    return func.nullif(condition, false(), type_=Boolean).is_not(None)


def _time(path: PayloadPath, operator: Operator, operand: _Given, payload: ColumnElement[Any]) -> _Sql:
    time = path_key(payload, path)
    never = literal("infinity", Text).cast(time.type)
    match operator:
        case Operator.EXISTS:
            return _holds(time, "<" if operand else "=", never)
        case Operator.EQ:
            return _holds(time, "=", literal(operand, time.type))
        case Operator.IN:
            return _holds(time, "=", any_(literal(list(operand), ARRAY(time.type))))
        case _:
            return and_(_holds(time, _ORDERS[operator], literal(operand, time.type)), _holds(time, "<", never))


def _attribute(attribute: Attribute, comparison: Comparison, source: FromClause) -> _Sql:
    column, kind = _column(attribute, source)
    operand = cast("Any", comparison.operand)
    match comparison.operator:
        case Operator.EXISTS:
            return column.is_not(None) if operand else column.is_(None)
        case Operator.EQ:
            return _holds(column, "=", literal(operand, kind))
        case Operator.IN:
            return _holds(column, "=", any_(literal(list(operand), ARRAY(kind))))
        case text if text in TEXT_OPERATORS:
            return _TEXTS[text](column, operand)
        case _:
            return _holds(column, _ORDERS[comparison.operator], literal(operand, kind))


def _column(attribute: Attribute, source: FromClause) -> tuple[ColumnElement[Any], TypeEngine[Any]]:
    """Returns the column as it is compared, and the type that it is compared in."""
    column = source.c[attribute]
    match attribute:
        case Attribute.COLLECTION:
            # Names are ordered by code points, whatever the database's collation.
            return column.collate("C"), Text()
        case Attribute.VERSION:
            # A client may compare with 1.5, or with more than 64 bits.
            return sql_cast(column, Numeric), Numeric()
        case _:
            return column, column.type


def _tags(operator: Operator, operand: Sequence[str], source: FromClause) -> _Sql:
    wanted = literal(list(operand), ARRAY(Text))
    match operator:
        case Operator.CONTAINS if source is record_view:
            return and_(true(), *(_has(source, tag) for tag in operand))
        case Operator.CONTAINS:
            return _holds(source.c.tags, "@>", wanted)
        case Operator.IN if source is record_view:
            return _is_tagged(source, tag_view.c.tag == any_(wanted))
        case Operator.IN:
            return _holds(source.c.tags, "&&", wanted)
        case _:
            return _holds(source.c.tags, "=", literal(sorted(set(operand)), ARRAY(Text)))


def _has(source: FromClause, tag: str) -> _Sql:
    """Tells whether a record has the tag.

    The tag is looked up by itself, so that there is one row at the most: PostgreSQL then may walk through those who
    have a rare tag, in the order of their ids, or through the records.
    """
    its_id = select(tag_name_view.c.id).where(tag_name_view.c.name == tag).scalar_subquery()
    of_it = record_tag_view.alias()
    return select(1).select_from(of_it).where(of_it.c.record_id == source.c.id, of_it.c.tag_id == its_id).exists()


def _is_tagged(source: FromClause, having: _Sql) -> _Sql:
    """Tells whether a record has such a tag, in the form that the index on tags serves."""
    return select(1).select_from(tag_view).where(tag_view.c.record_id == source.c.id, having).exists()


def _holds(left: ColumnElement[Any], operator: str, right: ColumnElement[Any]) -> _Sql:
    return left.op(operator, return_type=Boolean())(right)


def _like(text: ColumnElement[str], pattern: str) -> _Sql:
    return text.like(literal(pattern, Text))


def _ilike(text: ColumnElement[str], pattern: str) -> _Sql:
    return text.ilike(literal(pattern, Text))


def _starts_with(text: ColumnElement[str], prefix: str) -> _Sql:
    return func.starts_with(text, literal(prefix, Text), type_=Boolean)


_ORDERS: Final[Mapping[Operator, str]] = {
    Operator.GT: ">",
    Operator.GTE: ">=",
    Operator.LT: "<",
    Operator.LTE: "<=",
}
_NOT_STRICT: Final[Mapping[Operator, str]] = {
    Operator.GT: ">=",
    Operator.GTE: ">=",
    Operator.LT: "<=",
    Operator.LTE: "<=",
}
_TEXTS: Final[Mapping[Operator, Callable[[ColumnElement[str], str], _Sql]]] = {
    Operator.LIKE: _like,
    Operator.ILIKE: _ilike,
    Operator.STARTS_WITH: _starts_with,
}
_JSON_TYPES: Final[Mapping[str, str]] = {"str": "string", "number": "number", "boolean": "boolean"}
