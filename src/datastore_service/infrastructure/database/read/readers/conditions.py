"""Filters as SQL, in which every value is a parameter, and every path a constant.

SQL knows a third truth value where something is missing. At the top, and below AND and OR, it counts as false; only
NOT would let it through, so that says IS NOT TRUE instead.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    FromClause,
    Integer,
    Numeric,
    Text,
    and_,
    any_,
    case,
    column,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB

from datastore_service.application.fields import Attribute, PayloadPath
from datastore_service.application.read.criteria.conditions import (
    TEXT_OPERATORS,
    AllOf,
    AnyItem,
    AnyOf,
    Comparison,
    Condition,
    ItemCount,
    Not,
    Operator,
    parts_of,
)
from datastore_service.infrastructure.database.engine.constants import constant, number
from datastore_service.infrastructure.database.read.readers.attributes import compared_attribute, compared_column
from datastore_service.infrastructure.database.read.readers.bound_queries import Placeholder
from datastore_service.infrastructure.database.read.readers.keys import key_text
from datastore_service.infrastructure.database.read.readers.operands import Operand, Operands
from datastore_service.infrastructure.database.read.readers.operators import NOT_STRICT, ORDERS, TEXTS, holds
from datastore_service.infrastructure.database.read.readers.places import PayloadPlaces
from datastore_service.infrastructure.database.schema.paths import (
    FEW,
    is_of_type,
    path_key,
    payload_once,
)

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
    of_payload = list(_read_by(form))
    if len(of_payload) <= FEW:
        return _sql_of(form, _Row(source, source, PayloadPlaces(source.c.payload)), operands)
    once = payload_once(source)
    row = _Row(source, once, PayloadPlaces.of(once.c.payload, of_payload))
    condition = _sql_of(form, row, operands)
    read = once.join(places, true()) if (places := row.places.read_from(once)) is not None else once
    return and_(*row.keys, select(number(1)).select_from(read).where(condition).correlate(source).exists())


def _read_by(form: Condition) -> Iterator[PayloadPath]:
    """Yields the paths that are read, from the payload or the item that the condition is about: each for each time."""
    match form:
        case Comparison(PayloadPath() as path):
            yield path
        case Comparison(ItemCount(array)):
            yield from (array, array)
        case AnyItem(array):
            yield array
        case _:
            for part in parts_of(form):
                yield from _read_by(part)


_MOST_KEYS: Final = 4
"""Of that many comparisons that all have to hold, the keys are compared apart, so that an index may serve them."""


class _Row:
    """Where the values of a row are read from.

    Attributes:
        source: What has the columns of `record_view`.
        whole: What has the payload or, within a condition on the items of an array, the item.
        places: What is in it.
        keys: The comparisons of keys that always have to hold.
        level: How many arrays the item is in, one in another; 0 of a payload.
    """

    def __init__(self, source: FromClause, whole: FromClause, places: PayloadPlaces, level: int = 0) -> None:
        self.source = source
        self.whole = whole
        self.places = places
        self.keys: list[_Sql] = []
        self.level = level

    @property
    def reads_once(self) -> bool:
        """Whether the payload has been read already."""
        return self.whole is not self.source

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
        case AnyItem(array, part):
            return _any_item(array, part, row, operands)
        case Comparison():
            return _compared(form, row, operands, always=always)


def _compared(form: Comparison, row: _Row, operands: Operands, *, always: bool) -> _Sql:
    operator, sort = form.operator, form.operand
    match form.field:
        case ItemCount(array):
            size = func.jsonb_array_length(_array(row.places.value(array)), type_=Integer)
            return compared_column(sql_cast(size, Numeric), Numeric(), operator, sort, operands.next())
        case Attribute() as attribute:
            return compared_attribute(attribute, operator, sort, operands, row.source)
        case PayloadPath(as_time=True) as path:
            return _time(path, operator, sort, operands.next(), row, always=always)
        case PayloadPath() as path if row.level:
            return _exactly(path, operator, sort, operands.next(), row)
        case PayloadPath() as path:
            return _payload(path, operator, sort, operands.next(), row, always=always)


def _any_item(array: PayloadPath, form: Condition, row: _Row, operands: Operands) -> _Sql:
    level = row.level + 1
    # OFFSET 0 keeps PostgreSQL from reading the value for each of its uses.
    value = select(row.places.value(array).label("value")).correlate(row.whole).offset(number(0))
    found = value.lateral(f"array_{level}")
    elements = func.jsonb_array_elements(_array(found.c.value)).table_valued(column("value", JSONB))
    items = elements.render_derived(name=f"items_{level}")
    places = PayloadPlaces.of(items.c.value, list(_read_by(form)), f"places_{level}")
    condition = _sql_of(form, _Row(row.source, items, places, level), operands, always=False)
    read = found.join(items, true())
    if (columns := places.read_from(items)) is not None:
        read = read.join(columns, true())
    return select(number(1)).select_from(read).where(condition).exists()


def _array(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Returns the value if it is an array, and NULL otherwise; PostgreSQL has no items and no length of others."""
    return case((is_of_type(value, "array"), value))


def _payload(path: PayloadPath, operator: Operator, sort: _Sort, operand: Operand, row: _Row, *, always: bool) -> _Sql:
    # What the value decides exactly, its key decides roughly, and an index may be on keys.
    def keyed(sign: str, right: ColumnElement[Any]) -> _Sql:
        return row.keyed(path, lambda key: holds(key, sign, right), always=always)

    match operator:
        case Operator.EQ:
            roughly = keyed("=", operand(Text, key_text))
        case Operator.IN:
            keys = operand(ARRAY(Text), lambda values: [key_text(value) for value in values])
            roughly = keyed("=", any_(keys))
        case Operator.GT | Operator.GTE | Operator.LT | Operator.LTE:
            roughly = keyed(NOT_STRICT[operator], operand(Text, key_text))
        case _:
            return _exactly(path, operator, sort, operand, row)
    is_told_by_key = operator in {Operator.EQ, Operator.IN} and sort
    return and_(roughly, true() if is_told_by_key else _too(_exactly(path, operator, sort, operand, row)))


def _exactly(path: PayloadPath, operator: Operator, sort: _Sort, operand: Operand, row: _Row) -> _Sql:
    value = row.places.value(path)
    match operator:
        case Operator.EXISTS:
            return value.is_not(None) if sort else value.is_(None)
        case Operator.EQ:
            return holds(value, "=", operand.jsonb())
        case Operator.IN:
            return holds(value, "=", any_(operand.jsonb_array()))
        case Operator.CONTAINS:
            return holds(value, "@>", operand.jsonb())
        case text if text in TEXT_OPERATORS:
            return and_(_too(is_of_type(value, "string")), _like(row.places, path, text, operand(Text)))
        case _ if sort == "string":
            # JSON compares texts by the collation of the database.
            compared = holds(row.places.text(path).collate("C"), ORDERS[operator], operand(Text))
        case _:
            compared = holds(value, ORDERS[operator], operand.jsonb())
    return and_(compared, is_of_type(value, sort))


def _like(places: PayloadPlaces, path: PayloadPath, operator: Operator, text: ColumnElement[str]) -> _Sql:
    if operator is Operator.ILIKE and path.steps in places.repeated:
        # PostgreSQL does so itself, for each comparison anew.
        return places.lower(path).like(func.lower(text, type_=Text))
    return TEXTS[operator](places.text(path), text)


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
        return row.keyed(path, lambda time: holds(time, sign, right), always=always)

    match operator:
        case Operator.EXISTS:
            return keyed("<" if sort else "=", never)
        case Operator.EQ:
            return keyed("=", operand(kind))
        case Operator.IN:
            return keyed("=", any_(operand(ARRAY(kind), list)))
        case _:
            compared = keyed(ORDERS[operator], operand(kind))
            return and_(compared, holds(row.places.key(path), "<", never))
