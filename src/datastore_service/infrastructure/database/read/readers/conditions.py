"""Filters as SQL, in which every value is a parameter, and every path a constant.

SQL knows a third truth value where something is missing. At the top, and below AND and OR, it counts as false; only
NOT would let it through, so that says IS NOT TRUE instead.
"""

from collections.abc import Callable, Mapping
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
from sqlalchemy.types import TypeEngine

from datastore_service.application.fields import Attribute, Kind, PayloadPath
from datastore_service.application.read.criteria.conditions import (
    TEXT_OPERATORS,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Not,
    Operator,
    comparisons_of,
)
from datastore_service.infrastructure.database.engine.constants import constant, number
from datastore_service.infrastructure.database.read.readers.bound_queries import Placeholder
from datastore_service.infrastructure.database.read.readers.keys import key_text
from datastore_service.infrastructure.database.read.readers.operands import Operand, Operands
from datastore_service.infrastructure.database.read.readers.places import PayloadPlaces
from datastore_service.infrastructure.database.schema.paths import (
    FEW,
    is_of_type,
    path_key,
    payload_once,
)
from datastore_service.infrastructure.database.schema.views import record_tag_view, record_view, tag_name_view, tag_view

type _Sql = ColumnElement[bool]
type _Sort = Any
"""What of an operand the SQL depends on, as `forms.py` says."""

_INFINITY: Final = constant("infinity")


def sql_of(form: Condition, source: FromClause, bind: Placeholder) -> _Sql:
    """Returns what is true in SQL of the rows of which the condition holds, and false or unknown of the others.

    Args:
        form: The form of the condition.
        source: What has the columns of `record_view`.
        bind: Stands for the values, which are those of the operands.
    """
    operands = Operands(bind)
    of_payload = [each.field for each in comparisons_of(form) if isinstance(each.field, PayloadPath)]
    if len(of_payload) <= FEW:
        return _sql_of(form, _Row(source, PayloadPlaces(source.c.payload)), operands)
    once = payload_once(source)
    row = _Row(source, PayloadPlaces.of(once.c.payload, of_payload))
    condition = _sql_of(form, row, operands)
    read = once.join(places, true()) if (places := row.places.read_from(once)) is not None else once
    return and_(*row.keys, select(number(1)).select_from(read).where(condition).correlate(source).exists())


_MOST_KEYS: Final = 4
"""Of that many comparisons that all have to hold, the keys are compared apart, so that an index may serve them."""


class _Row:
    """Where the values of a row are read from."""

    def __init__(self, source: FromClause, places: PayloadPlaces) -> None:
        self.source = source
        self.places = places
        self.keys: list[_Sql] = []

    @property
    def reads_once(self) -> bool:
        """Whether the payload has been read already."""
        return self.places.payload is not self.source.c.payload

    def keyed(self, path: PayloadPath, comparison: Callable[[ColumnElement[Any]], _Sql], *, always: bool) -> _Sql:
        """Compares a key; if it always has to hold, where an index may serve that."""
        if self.reads_once and always and len(self.keys) < _MOST_KEYS:
            self.keys.append(comparison(path_key(self.source.c.payload, path)))
            return true()
        return comparison(self.places.key(path))


def _sql_of(form: Condition, row: _Row, operands: Operands, *, always: bool = True) -> _Sql:
    match form:
        case AllOf(parts):
            return and_(true(), *[_sql_of(part, row, operands, always=always) for part in parts])
        case AnyOf(parts):
            return or_(false(), *[_sql_of(part, row, operands, always=False) for part in parts])
        case Not(part):
            return _sql_of(part, row, operands, always=False).is_not(true())
        case Comparison(PayloadPath() as path, operator, sort):
            compare = _time if path.as_time else _payload
            return compare(path, operator, sort, operands.next(), row, always=always)
        case Comparison(field, operator, sort):
            attribute = cast("Attribute", field)
            if attribute.kind is Kind.TEXTS:
                return _texts(attribute, operator, sort, operands, row.source)
            return _attribute(attribute, operator, sort, operands.next(), row.source)


def _payload(path: PayloadPath, operator: Operator, sort: _Sort, operand: Operand, row: _Row, *, always: bool) -> _Sql:
    value = row.places.value(path)

    # What the value decides exactly, its key decides roughly, and an index may be on keys.
    def keyed(sign: str, right: ColumnElement[Any]) -> _Sql:
        return row.keyed(path, lambda key: _holds(key, sign, right), always=always)

    match operator:
        case Operator.EXISTS:
            return value.is_not(None) if sort else value.is_(None)
        case Operator.EQ:
            exactly = true() if sort else _too(_holds(value, "=", operand.jsonb()))
            return and_(keyed("=", operand(Text, key_text)), exactly)
        case Operator.IN:
            exactly = true() if sort else _too(_holds(value, "=", any_(operand.jsonb_array())))
            keys = operand(ARRAY(Text), lambda values: [key_text(value) for value in values])
            return and_(keyed("=", any_(keys)), exactly)
        case Operator.CONTAINS:
            return _holds(value, "@>", operand.jsonb())
        case text if text in TEXT_OPERATORS:
            return and_(_too(is_of_type(value, "string")), _like(row.places, path, text, operand(Text)))
        case _:
            if sort == "string":
                # JSON compares texts by the collation of the database.
                exactly = _holds(row.places.text(path).collate("C"), _ORDERS[operator], operand(Text))
            else:
                exactly = _holds(value, _ORDERS[operator], operand.jsonb())
            roughly = keyed(_NOT_STRICT[operator], operand(Text, key_text))
            return and_(roughly, _too(and_(exactly, is_of_type(value, sort))))


def _like(places: PayloadPlaces, path: PayloadPath, operator: Operator, text: ColumnElement[str]) -> _Sql:
    if operator is Operator.ILIKE and path.steps in places.repeated:
        # PostgreSQL does so itself, for each comparison anew.
        return places.lower(path).like(func.lower(text, type_=Text))
    return _TEXTS[operator](places.text(path), text)


def _too(condition: _Sql) -> _Sql:
    """Says a condition that goes with another one, of which PostgreSQL knows the rarity.

    It takes conditions for independent of each other, and two that say the same for much rarer than they are: then it
    would look through a whole collection for what an order finds soon. That this is not null, it takes for nearly sure.
    """
    return func.nullif(condition, false(), type_=Boolean).is_not(None)


def _time(path: PayloadPath, operator: Operator, sort: _Sort, operand: Operand, row: _Row, *, always: bool) -> _Sql:
    kind = row.places.key(path).type
    never = sql_cast(_INFINITY, kind)

    def keyed(sign: str, right: ColumnElement[Any]) -> _Sql:
        return row.keyed(path, lambda time: _holds(time, sign, right), always=always)

    match operator:
        case Operator.EXISTS:
            return keyed("<" if sort else "=", never)
        case Operator.EQ:
            return keyed("=", operand(kind))
        case Operator.IN:
            return keyed("=", any_(operand(ARRAY(kind), list)))
        case _:
            compared = keyed(_ORDERS[operator], operand(kind))
            return and_(compared, _holds(row.places.key(path), "<", never))


def _attribute(attribute: Attribute, operator: Operator, sort: _Sort, operand: Operand, source: FromClause) -> _Sql:
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
    match attribute.kind:
        case Kind.TEXT:
            # They are ordered by code points, whatever the database's collation.
            return column.collate("C"), Text()
        case Kind.NUMBER:
            # A client may compare with 1.5, or with more than 64 bits.
            return sql_cast(column, Numeric), Numeric()
        case _:
            return column, column.type


def _texts(attribute: Attribute, operator: Operator, sort: _Sort, operands: Operands, source: FromClause) -> _Sql:
    # Of the present tags there is a table with indexes.
    operand, column = operands.next(), source.c[attribute]
    is_now = attribute is Attribute.TAGS and source is record_view
    match operator:
        case Operator.CONTAINS:
            places = range(operands.joins(sort) if is_now else 0)
            joined = [_has(source, operand(Text, itemgetter(place))) for place in places]
            rest = [] if is_now and len(joined) == sort else [_holds(column, "@>", operand(ARRAY(Text), list))]
            return and_(true(), *joined, *rest)
        case Operator.IN if is_now and operands.joins(1):
            return _is_tagged(source, tag_view.c.tag == any_(operand(ARRAY(Text), list)))
        case Operator.IN:
            return _holds(column, "&&", operand(ARRAY(Text), list))
        case _:
            return _holds(column, "=", operand(ARRAY(Text), lambda texts: sorted(set(texts))))


def _has(source: FromClause, tag: ColumnElement[str]) -> _Sql:
    """Tells whether a record has the tag.

    The tag is looked up by itself, so that there is at most one row: PostgreSQL then may walk through those who
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
