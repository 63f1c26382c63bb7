"""Keys of values as `datastore_order` makes them: texts whose bytes sort like the values."""

from decimal import Decimal
from typing import Final

from datastore_service.application.read.criteria.orders import key_of
from datastore_service.domain.json_value import Json, exact_number

_COMPLEMENT: Final = str.maketrans("0123456789abcdef", "fedcba9876543210")
_MOST: Final = 32_767
"""The largest exponent, to the base of 10,000, that PostgreSQL supports."""


def key_text(value: Json) -> str:
    """Returns the key of a value; the migration of `datastore_order` describes it."""
    match key_of(value):
        case None:
            return "0"
        case bool() as flag:
            return "4" if flag else "3"
        case str() as text:
            return f"1{text}"
        case list():
            return "5"
        case dict():
            return "6"
        case int() | float() | Decimal() as number:
            return _number_key(exact_number(number))


def _number_key(number: Decimal) -> str:
    negative, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    if not text:
        return "21"
    weight, place = divmod(len(digits) + int(exponent) - 1, 4)
    weight = max(-_MOST - 1, min(_MOST, weight))
    padded = "0" * (3 - place) + text
    padded += "0" * (-len(padded) % 4)
    groups = "".join(f"{int(padded[start : start + 4]):04x}" for start in range(0, len(padded), 4))
    key = f"{int(weight >= 0)}{weight % 65_536:04x}{groups}"
    return f"20{key.translate(_COMPLEMENT)}g" if negative else f"22{key}"
