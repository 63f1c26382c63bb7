"""How a filter is written in JSON, and what is wrong with one that is written otherwise.

`{"payload.age": {"gte": 30, "lt": 40}, "payload.city": "London", "or": [{...}, {...}], "not": {...}}`: all that an
object says has to hold, and a value that is no object is one that the field equals.
"""

from collections.abc import Iterator

from datastore_service.application.fields import Field, read_field
from datastore_service.application.read.criteria.comparisons import read_comparison
from datastore_service.application.read.criteria.conditions import AllOf, AnyOf, Condition, Not, Operator
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import Json, escape_pointer


def read_condition(document: Json, pointer: str) -> Condition:
    """Reads a filter.

    Args:
        document: What the client has written, decoded.
        pointer: JSON Pointer to it, for errors.

    Raises:
        InvalidValue: It is no filter; the pointer leads to the bad part.
    """
    if not isinstance(document, dict):
        raise InvalidValue(pointer, f"{pointer}: a filter is an object.")
    parts = [part for key, value in document.items() for part in _member(key, value, f"{pointer}/{_token(key)}")]
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _member(key: str, value: Json, pointer: str) -> Iterator[Condition]:
    match key:
        case "and":
            yield AllOf(_conditions(value, pointer))
        case "or":
            yield AnyOf(_conditions(value, pointer))
        case "not":
            yield Not(read_condition(value, pointer))
        case _:
            yield from _comparisons(read_field(key, pointer), value, pointer)


def _conditions(value: Json, pointer: str) -> tuple[Condition, ...]:
    if not isinstance(value, list):
        raise InvalidValue(pointer, f"{pointer}: what is combined is an array of filters.")
    return tuple(read_condition(part, f"{pointer}/{index}") for index, part in enumerate(value))


def _comparisons(field: Field, value: Json, pointer: str) -> Iterator[Condition]:
    if not isinstance(value, dict):
        yield read_comparison(field, Operator.EQ, value, pointer)
        return
    if not value:
        raise InvalidValue(pointer, f"{pointer}: names no operator; there are {', '.join(Operator)}.")
    for name, operand in value.items():
        place = f"{pointer}/{_token(name)}"
        yield read_comparison(field, read_operator(name, place), operand, place)


def read_operator(name: str, pointer: str) -> Operator:
    """Reads the name of an operator.

    Raises:
        InvalidValue: There is none of the name.
    """
    if name not in Operator:
        shown = repr(name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…")
        raise InvalidValue(pointer, f"{shown} is no operator; there are {', '.join(Operator)}.")
    return Operator(name)


_SHOWN = 40


def _token(key: str) -> str:
    return escape_pointer(key)
