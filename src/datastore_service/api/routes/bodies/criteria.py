"""Criteria in the query string of REST: `filter[payload.age][gte]=30`."""

import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Final

from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.application.fields import Compared, Field, read_compared, read_field
from datastore_service.application.json_codec import MalformedJson, decode
from datastore_service.application.read.criteria.comparisons import read_comparison
from datastore_service.application.read.criteria.conditions import AllOf, Condition, ItemOperator, Operator
from datastore_service.application.read.criteria.orders import Order, read_order_key
from datastore_service.application.read.criteria.reading import of_compared, read_of_items, read_operator
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import Json

FILTER: Final = "filter["

# A field may itself contain brackets, and any characters within double quotes. Only `size` has an operator behind it.
_PARAMETER: Final = re.compile(
    r'filter\[((?:[^\[\]"]|"(?:[^"\\]|\\.)*"|\[(?:-?[0-9]+|\*|"(?:[^"\\]|\\.)*")\])*)\]'
    r"(?:\[([^\[\]]*)\])?(?:(?<=\[size\])\[([^\[\]]*)\])?",
    re.DOTALL,
)
_PARAMETERS: Final = {"search": "q", "tags": "tag"}
"""The members of criteria whose parameter has another name."""

_BEGINNINGS: Final = frozenset(' \t\r\n{["-0123456789tfn')
"""The characters that a JSON text can begin with; few values of query strings begin so."""

_KEYS: Final = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"|")+', re.DOTALL)


def filter_of(parameters: Iterable[tuple[str, str]]) -> Condition | None:
    """Reads the filter parameters of a query string; a record has to satisfy all of them.

    Those of the same field are about the same item, if it is one of the items of an array.

    Raises:
        RequestRefused: A filter is invalid; the problem names the parameter.
    """
    found: dict[Compared, list[Condition]] = {}
    for name, value in parameters:
        if name.startswith(FILTER):
            compared, condition = _comparison(name, value)
            found.setdefault(compared, []).append(condition)
    parts = [part for compared, conditions in found.items() for part in of_compared(compared, tuple(conditions))]
    return AllOf(tuple(parts)) if parts else None


def order_of(sort: str | None) -> Order:
    """Reads the parameter `sort`: fields, separated by commas. Keys in double quotes may contain commas, too.

    Raises:
        RequestRefused: It is not an order.
    """
    try:
        return () if sort is None else tuple(read_order_key(key, "sort") for key in _KEYS.findall(sort) or [""])
    except InvalidValue as error:
        raise refused_parameter("sort", error) from error


def fields_of(written: str) -> tuple[Field, ...]:
    """Reads the parameter `fields`, which has the syntax of `sort`.

    Raises:
        RequestRefused: It is not a list of fields.
    """
    try:
        return tuple(read_field(field, "fields") for field in _KEYS.findall(written) or [""])
    except InvalidValue as error:
        raise refused_parameter("fields", error) from error


def typed(text: str) -> Json:
    """Returns the JSON value that a parameter's text denotes; a text that is not JSON is itself a string."""
    if text[:1] not in _BEGINNINGS:
        return text
    try:
        return decode(text.encode("utf-8", "surrogatepass"))
    except MalformedJson:
        return text


def _comparison(name: str, value: str) -> tuple[Compared, Condition]:
    found = _PARAMETER.fullmatch(name)
    try:
        if found is None:
            raise InvalidValue(name, f"{name}: a filter is written like filter[payload.age][gte]=30.")
        compared = read_compared(found[1], name)
        if found[2] in ItemOperator:
            operand = typed(value) if found[3] is None else {found[3]: _operand(found[3], value)}
            return compared, read_of_items(compared.field, ItemOperator(found[2]), operand, name)
        operator = Operator.EQ if found[2] is None else read_operator(found[2], name)
        return compared, read_comparison(compared.field, operator, _operand(operator, value), name)
    except InvalidValue as error:
        raise refused_parameter(name, error) from error


def _operand(operator: str, text: str) -> Json:
    match operator:
        case Operator.IN | Operator.NIN:
            value = typed(text)
            return value if isinstance(value, list) else [typed(item) for item in text.split(",")]
        case Operator.LIKE | Operator.ILIKE | Operator.STARTS_WITH:
            value = typed(text)
            return value if isinstance(value, str) else text
        case _:
            return typed(text)


@contextmanager
def parameters_named() -> Generator[None]:
    """Makes errors name the query parameter, where the use cases name the member of the criteria.

    Raises:
        RequestRefused: A parameter is invalid.
    """
    try:
        yield
    except InvalidValue as error:
        member = error.pointer.split("/")[1]
        raise refused_parameter(_PARAMETERS.get(member, member), error) from error


def refused_parameter(name: str, error: InvalidValue) -> RequestRefused:
    """Reports an error of a value as an error of its parameter."""
    detail = error.detail if error.detail.startswith(name) else f"{name}: {error.detail}"
    return RequestRefused(
        Problem(error.code, detail, {"errors": [{"in": "query", "parameter": name, "detail": detail}]})
    )
