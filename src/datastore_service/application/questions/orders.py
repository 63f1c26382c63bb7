"""The order of values: of any two JSON values one comes first, or they are taken to be the same."""

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from datastore_service.domain.json_value import Json, exact_number

KEY_LENGTH: Final = 200
"""The characters of a text that have a part in its order."""

KEY_DIGITS: Final = 100
"""The significant digits of a number that have a part in its order."""

_ROUNDED: Final = Context(prec=KEY_DIGITS, rounding=ROUND_HALF_UP, Emax=10**6, Emin=-(10**6))


def key_of(value: Json) -> Json:
    """Returns what stands for a value in an order: no value that is greater than another has a lesser key.

    It is short, so that an index and a cursor can hold it. All arrays have the same key, and so have all objects.
    """
    match value:
        case None | bool():
            return value
        case str():
            return value[:KEY_LENGTH]
        case list():
            return [None]
        case dict():
            return {}
        case int() | float() | Decimal():
            return _rounded(value)


def _rounded(number: float | Decimal) -> int | float | Decimal:
    exact = exact_number(number)
    return number if len(exact.as_tuple().digits) <= KEY_DIGITS else _ROUNDED.plus(exact)
