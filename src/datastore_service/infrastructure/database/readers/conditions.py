"""Filters as SQL, in which every value is a parameter, and every path a constant.

SQL knows a third truth value where something is missing. At the top, and below AND and OR, it counts as false; only
NOT would let it through, so that says IS NOT TRUE instead.
"""

from collections.abc import Callable, Mapping
from itertools import count
from operator import itemgetter
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
    or_,
    select,
    true,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from datastore_service.application.json_codec import encode
from datastore_service.application.questions.conditions import (
    TEXT_OPERATORS,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Not,
    Operator,
)
from datastore_service.application.questions.fields import Attribute, PayloadPath
from datastore_service.domain.json_value import Json
from datastore_service.infrastructure.database.constants import constant
from datastore_service.infrastructure.database.readers.asked import Bind, Kind
from datastore_service.infrastructure.database.readers.forms import MOST_JOINS
from datastore_service.infrastructure.database.readers.keys import key_text
from datastore_service.infrastructure.database.readers.paths import is_of_type, path_key, path_text, path_value
from datastore_service.infrastructure.database.views import record_tag_view, record_view, tag_name_view, tag_view

type _Sql = ColumnElement[bool]
type _Sort = Any
"""What of an operand the SQL depends on, as `forms.py` says."""

_INFINITY: Final = constant("infinity")


def sql_of(form: Condition, source: FromClause, bind: Bind) -> _Sql:
    """Returns what is true in SQL of the rows of which the condition holds, and false or unknown of the others.

    Args:
        form: The form of the condition.
        source: What has the columns of `record_view`.
        bind: Stands for the values, which are those of the operands.
    """
    return _sql_of(form, source, _Operands(bind))


class _Operand:
    """Stands for what one comparison compares with."""

    def __init__(self, bind: Bind, number: int) -> None:
        self._bind = bind
        self._number = number

    def __call__(self, kind: Kind, of: Callable[[Any], object] = lambda it: it) -> ColumnElement[Any]:
        """Returns what stands for a value that is made of it."""
        number = self._number
        return self._bind(lambda asked: of(asked.operands[number]), kind)

    def jsonb(self, of: Callable[[Any], Json] = lambda it: it) -> ColumnElement[Any]:
        """Returns what stands for JSON that is made of it: as text, so that PostgreSQL reads each digit of it."""
        return sql_cast(self(Text, lambda it: encode(of(it)).decode()), JSONB)

    def jsonb_array(self, of: Callable[[Any], Json] = lambda it: it) -> ColumnElement[Any]:
        """Returns what stands for an array of such JSON."""
        return sql_cast(self(ARRAY(Text), lambda it: [encode(of(item)).decode() for item in it]), ARRAY(JSONB))


class _Operands:
    """The operands of a condition, in the order of its comparisons."""

    def __init__(self, bind: Bind) -> None:
        self._bind = bind
        self._numbers = count()
        self._joins = MOST_JOINS

    def next(self) -> _Operand:
        return _Operand(self._bind, next(self._numbers))

    def joins(self, wanted: int) -> int:
        """Grants as many of these joins as the whole condition may still have."""
        granted = min(wanted, self._joins)
        self._joins -= granted
        return granted


def _sql_of(form: Condition, source: FromClause, operands: _Operands) -> _Sql:
    match form:
        case AllOf(parts):
            return and_(true(), *[_sql_of(part, source, operands) for part in parts])
        case AnyOf(parts):
            return or_(false(), *[_sql_of(part, source, operands) for part in parts])
        case Not(part):
            return _sql_of(part, source, operands).is_not(true())
        case Comparison(PayloadPath() as path, operator, sort):
            compare = _time if path.as_time else _payload
            return compare(path, operator, sort, operands.next(), source.c.payload)
        case Comparison(Attribute.TAGS, operator, sort):
            return _tags(operator, sort, operands, source)
        case Comparison(field, operator, sort):
            return _attribute(cast("Attribute", field), operator, sort, operands.next(), source)


def _payload(
    path: PayloadPath, operator: Operator, sort: _Sort, operand: _Operand, payload: ColumnElement[Any]
) -> _Sql:
    value = path_value(payload, path.steps)
    # What the value decides exactly, its key decides roughly, and an index may be on keys.
    key = path_key(payload, path)
    match operator:
        case Operator.EXISTS:
            return value.is_not(None) if sort else value.is_(None)
        case Operator.EQ:
            exactly = true() if sort else _too(_holds(value, "=", operand.jsonb()))
            return and_(_holds(key, "=", operand(Text, key_text)), exactly)
        case Operator.IN:
            exactly = true() if sort else _too(_holds(value, "=", any_(operand.jsonb_array())))
            keys = operand(ARRAY(Text), lambda values: [key_text(value) for value in values])
            return and_(_holds(key, "=", any_(keys)), exactly)
        case Operator.CONTAINS:
            return _holds(value, "@>", operand.jsonb())
        case text if text in TEXT_OPERATORS:
            return and_(_too(is_of_type(value, "string")), _TEXTS[text](path_text(payload, path.steps), operand(Text)))
        case _:
            if sort == "string":
                # JSON compares texts by the collation of the database.
                exactly = _holds(path_text(payload, path.steps).collate("C"), _ORDERS[operator], operand(Text))
            else:
                exactly = _holds(value, _ORDERS[operator], operand.jsonb())
            of_its_type = is_of_type(value, sort)
            roughly = _holds(key, _NOT_STRICT[operator], operand(Text, key_text))
            return and_(roughly, _too(and_(exactly, of_its_type)))


def _too(condition: _Sql) -> _Sql:
    """Says a condition that goes with another one, of which PostgreSQL knows the rarity.

    It takes conditions for independent of each other, and two that say the same for much rarer than they are: then it
    would look through a whole collection for what an order finds soon. That this is not null, it takes for nearly sure.
    """
    return func.nullif(condition, false(), type_=Boolean).is_not(None)


def _time(path: PayloadPath, operator: Operator, sort: _Sort, operand: _Operand, payload: ColumnElement[Any]) -> _Sql:
    time = path_key(payload, path)
    never = sql_cast(_INFINITY, time.type)
    match operator:
        case Operator.EXISTS:
            return _holds(time, "<" if sort else "=", never)
        case Operator.EQ:
            return _holds(time, "=", operand(time.type))
        case Operator.IN:
            return _holds(time, "=", any_(operand(ARRAY(time.type), list)))
        case _:
            return and_(_holds(time, _ORDERS[operator], operand(time.type)), _holds(time, "<", never))


def _attribute(attribute: Attribute, operator: Operator, sort: _Sort, operand: _Operand, source: FromClause) -> _Sql:
    column, kind = _column(attribute, source)
    match operator:
        case Operator.EXISTS:
            return column.is_not(None) if sort else column.is_(None)
        case Operator.EQ:
            return _holds(column, "=", operand(kind))
        case Operator.IN:
            return _holds(column, "=", any_(operand(ARRAY(kind), list)))
        case text if text in TEXT_OPERATORS:
            return _TEXTS[text](column, operand(Text))
        case _:
            return _holds(column, _ORDERS[operator], operand(kind))


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


def _tags(operator: Operator, sort: _Sort, operands: _Operands, source: FromClause) -> _Sql:
    operand, is_now = operands.next(), source is record_view
    match operator:
        case Operator.CONTAINS:
            places = range(operands.joins(sort) if is_now else 0)
            joined = [_has(source, operand(Text, itemgetter(place))) for place in places]
            rest = [] if is_now and len(joined) == sort else [_holds(source.c.tags, "@>", operand(ARRAY(Text), list))]
            return and_(true(), *joined, *rest)
        case Operator.IN if is_now and operands.joins(1):
            return _is_tagged(source, tag_view.c.tag == any_(operand(ARRAY(Text), list)))
        case Operator.IN:
            return _holds(source.c.tags, "&&", operand(ARRAY(Text), list))
        case _:
            return _holds(source.c.tags, "=", operand(ARRAY(Text), lambda tags: sorted(set(tags))))


def _has(source: FromClause, tag: ColumnElement[str]) -> _Sql:
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
_TEXTS: Final[Mapping[Operator, Callable[[ColumnElement[str], ColumnElement[str]], _Sql]]] = {
    Operator.LIKE: lambda text, pattern: text.like(pattern),
    Operator.ILIKE: lambda text, pattern: text.ilike(pattern),
    Operator.STARTS_WITH: lambda text, prefix: func.starts_with(text, prefix, type_=Boolean),
}
