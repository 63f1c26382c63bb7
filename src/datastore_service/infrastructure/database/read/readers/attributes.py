"""Comparisons of records' attributes as SQL."""

from operator import itemgetter
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, FromClause, Numeric, Text, and_, any_, select, true
from sqlalchemy import cast as sql_cast
from sqlalchemy.types import TypeEngine

from datastore_service.application.fields import Attribute, Kind
from datastore_service.application.read.criteria.conditions import TEXT_OPERATORS, Operator
from datastore_service.infrastructure.database.read.readers.operands import Operand, Operands
from datastore_service.infrastructure.database.read.readers.operators import ORDERS, TEXTS, holds
from datastore_service.infrastructure.database.schema.views import record_tag_view, record_view, tag_name_view, tag_view

type _Sql = ColumnElement[bool]
type _Sort = Any
"""What of an operand the SQL depends on, as `forms.py` says."""


def compared_attribute(
    attribute: Attribute, operator: Operator, sort: _Sort, operands: Operands, source: FromClause
) -> _Sql:
    """Returns what is true in SQL of the rows whose attribute compares so with the next operand."""
    if attribute.kind is Kind.TEXTS:
        return _texts(attribute, operator, sort, operands, source)
    column, kind = _column(attribute, source)
    return compared_column(column, kind, operator, sort, operands.next())


def compared_column(
    column: ColumnElement[Any], kind: TypeEngine[Any], operator: Operator, sort: _Sort, operand: Operand
) -> _Sql:
    """Returns the comparison of a column, or of what else has one value of the type."""
    match operator:
        case Operator.EXISTS:
            return column.is_not(None) if sort else column.is_(None)
        case Operator.EQ:
            return holds(column, "=", operand(kind))
        case Operator.IN:
            return holds(column, "=", any_(operand(ARRAY(kind), list)))
        case text if text in TEXT_OPERATORS:
            return TEXTS[text](column, operand(Text))
        case _:
            return holds(column, ORDERS[operator], operand(kind))


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
            rest = [] if is_now and len(joined) == sort else [holds(column, "@>", operand(ARRAY(Text), list))]
            return and_(true(), *joined, *rest)
        case Operator.IN if is_now and operands.joins(1):
            return _is_tagged(source, tag_view.c.tag == any_(operand(ARRAY(Text), list)))
        case Operator.IN:
            return holds(column, "&&", operand(ARRAY(Text), list))
        case _:
            return holds(column, "=", operand(ARRAY(Text), lambda texts: sorted(set(texts))))


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
