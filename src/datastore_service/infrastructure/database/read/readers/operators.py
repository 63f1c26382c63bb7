"""Operators of comparisons as those of SQL."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, func

from datastore_service.application.read.criteria.conditions import Operator


def holds(left: ColumnElement[Any], operator: str, right: ColumnElement[Any]) -> ColumnElement[bool]:
    """Returns a comparison by an operator of SQL."""
    return left.op(operator, return_type=Boolean())(right)


ORDERS: Final[Mapping[Operator, str]] = {
    Operator.GT: ">",
    Operator.GTE: ">=",
    Operator.LT: "<",
    Operator.LTE: "<=",
}
NOT_STRICT: Final[Mapping[Operator, str]] = {
    Operator.GT: ">=",
    Operator.GTE: ">=",
    Operator.LT: "<=",
    Operator.LTE: "<=",
}
TEXTS: Final[Mapping[Operator, Callable[[ColumnElement[str], ColumnElement[str]], ColumnElement[bool]]]] = {
    Operator.LIKE: lambda text, pattern: text.like(pattern),
    Operator.ILIKE: lambda text, pattern: text.ilike(pattern),
    Operator.STARTS_WITH: lambda text, prefix: func.starts_with(text, prefix, type_=Boolean),
}
