"""Which JSON values the store takes, and what they are in Python."""

import re
from collections.abc import Collection
from decimal import Decimal
from math import inf
from typing import Final, TypeGuard, cast

from datastore_service.domain.errors import InvalidValue

type Json = bool | int | float | Decimal | str | list[Json] | dict[str, Json] | None
"""A JSON value (RFC 8259). A number that neither a 64-bit integer nor a float holds exactly is a Decimal."""

MAX_DEPTH: Final = 200
"""Levels of arrays and objects: what each JSON library on the way takes for sure."""

MAX_INTEGER_DIGITS: Final = 131_072
MAX_FRACTION_DIGITS: Final = 16_383
"""The digits that PostgreSQL's numeric holds before and after the decimal point."""

MAX_WRITTEN_DIGITS: Final = 1_000_000
"""The digits that the numbers of one value may have when written out: PostgreSQL does not keep their exponents."""

MAX_SIZE: Final = 50_000_000
"""The characters in the texts and keys of one value, and 16 for each value in it: jsonb ends at 256 MB, and patches may
add up to more than any request may hold."""

_VALUE_SIZE: Final = 16

_PLAIN_SIZE: Final = 40_000_000
"""What is plain is no larger, which is less than MAX_SIZE."""

_PLAIN_DIGIT: Final = _PLAIN_SIZE // MAX_WRITTEN_DIGITS
"""Counts for each digit of a fraction, so that what is plain has not too many of them either."""

_PLAIN_EXPONENT: Final = 15
_PLAIN_LEAST: Final = 10.0**-_PLAIN_EXPONENT
_PLAIN_MOST: Final = 10.0**_PLAIN_EXPONENT
_UNSTORABLE: Final = re.compile(r"[\x00\ud800-\udfff]")
_LEAST_INT64: Final = -(2**63)
_MOST_INT64: Final = 2**63 - 1
_TOO_LONG: Final = 10**MAX_INTEGER_DIGITS

type _Path = tuple[str | int, ...]


def check_storable(value: object, pointer: str) -> None:
    """Makes sure that the store can give the value back just as it is.

    Args:
        value: What is to be stored.
        pointer: JSON Pointer to the value, for the error.

    Raises:
        InvalidValue: It is no JSON value, or one that PostgreSQL's jsonb would refuse or alter.
    """
    # Nearly every value is plain; if it is not, the slower walk finds out whether and where it is refused.
    if not _is_plain(value):
        _Check().value(value, (pointer,))


def _is_plain(value: object) -> bool:
    """Tells at a glance whether the value is well within all bounds, without regard to where it is not."""
    return _plain_size([value], [], MAX_DEPTH) <= _PLAIN_SIZE


def _plain_size(parts: Collection[object], texts: list[str], levels: int) -> float:
    """Returns the size of these values and texts; infinite if one of them is not plain, or nested deeper."""
    size = len(parts) * _VALUE_SIZE
    if not levels or size > _PLAIN_SIZE:
        return inf
    for part in parts:
        kind = type(part)
        if kind is str:
            texts.append(cast("str", part))
        elif kind is dict:
            members = cast("dict[str, object]", part)
            size += _plain_size(members.values(), [*members], levels - 1)
        elif kind is list:
            size += _plain_size(cast("list[object]", part), [], levels - 1)
        elif kind is float:
            size += _plain_digits(cast("float", part)) * _PLAIN_DIGIT
        elif kind is int:
            if not _LEAST_INT64 <= cast("int", part) <= _MOST_INT64:
                return inf
        elif kind is not bool and part is not None:
            return inf
    return size + _plain_length(texts)


def _plain_length(texts: list[str]) -> float:
    try:
        text = "".join(texts)
    except TypeError:
        # A key that is no text.
        return inf
    is_plain = "\x00" not in text if text.isascii() else not _UNSTORABLE.search(text)
    return len(text) if is_plain else inf


def _plain_digits(number: float) -> float:
    """Returns the largest number of digits of a fraction when written out; infinite if it is not plain."""
    written = repr(number)
    if _PLAIN_LEAST <= abs(number) <= _PLAIN_MOST:
        return len(written) + (_PLAIN_EXPONENT if "e" in written else 0)
    return 1 if written == "0.0" else inf


def same_json(left: Json, right: Json) -> bool:
    """Tells whether two values are equal as RFC 6902 has it (section 4.6): numbers by value, true apart from 1."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_json(member, right[key]) for key, member in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_json, left, right))
    if _is_number(left) and _is_number(right):
        return exact_number(left) == exact_number(right)
    return type(left) is type(right) and left == right


def _is_number(value: Json) -> TypeGuard[int | float | Decimal]:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def exact_number(number: float | Decimal) -> Decimal:
    """Returns what the number says in JSON: a float its shortest digits, not the binary fraction nearest to them."""
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


class _Check:
    """One walk through a value, which counts what it holds and the digits of its numbers."""

    def __init__(self) -> None:
        self._digits_left = MAX_WRITTEN_DIGITS
        self._size_left = MAX_SIZE

    def value(self, value: object, path: _Path) -> None:
        self._spend(_VALUE_SIZE, path)
        match value:
            case None | bool():
                pass
            case str():
                self._text(value, path)
            case int():
                if abs(value) >= _TOO_LONG:
                    raise _refusal(path, f"has more than {MAX_INTEGER_DIGITS} digits")
            case float() | Decimal():
                self._fraction(value, path)
            case dict():
                self._object(cast("dict[object, object]", value), path)
            case list():
                _check_depth(path)
                for index, item in enumerate(cast("list[object]", value)):
                    self.value(item, (*path, index))
            case _:
                raise _refusal(path, f"is a {type(value).__name__}, which is no JSON value")

    def _object(self, members: dict[object, object], path: _Path) -> None:
        _check_depth(path)
        for key, member in members.items():
            if not isinstance(key, str):
                raise _refusal(path, f"has the key {key!r}; the keys of an object are strings")
            self._text(key, (*path, key))
            self.value(member, (*path, key))

    def _text(self, text: str, path: _Path) -> None:
        self._spend(len(text), path)
        _check_text(text, path)

    def _spend(self, size: int, path: _Path) -> None:
        self._size_left -= size
        if self._size_left < 0:
            raise InvalidValue(str(path[0]), f"{path[0]} is larger than {MAX_SIZE // 1_000_000} MB.")

    def _fraction(self, number: float | Decimal, path: _Path) -> None:
        exact = exact_number(number)
        if not exact.is_finite():
            raise _refusal(path, f"is {number}, which is no JSON number")
        before, after = exact.adjusted() + 1, -cast("int", exact.as_tuple().exponent)
        if before > MAX_INTEGER_DIGITS or after > MAX_FRACTION_DIGITS:
            raise _refusal(
                path,
                f"is a number beyond {MAX_INTEGER_DIGITS} digits before or {MAX_FRACTION_DIGITS} after the point",
            )
        self._digits_left -= max(before, 0) + max(after, 0)
        if self._digits_left < 0:
            raise _refusal(path, f"brings the numbers to more than {MAX_WRITTEN_DIGITS} digits when written out")


def _check_depth(path: _Path) -> None:
    if len(path) > MAX_DEPTH:
        raise InvalidValue(str(path[0]), f"{path[0]} is nested more than {MAX_DEPTH} levels deep.")


def _check_text(text: str, path: _Path) -> None:
    if "\x00" in text:
        raise _refusal(path, "contains the character NUL (\\u0000), which PostgreSQL cannot store")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise _refusal(path, "contains a lone surrogate (\\ud800 to \\udfff), which is no Unicode text")


def _refusal(path: _Path, reason: str) -> InvalidValue:
    pointer = str(path[0]) + "".join(f"/{escape_pointer(step)}" for step in path[1:])
    return InvalidValue(pointer, f"{pointer} {reason}.")


def escape_pointer(step: str | int) -> str:
    """Gives the step as a reference token of a JSON Pointer (RFC 6901, section 3), free of what no text can hold."""
    text = str(step).replace("~", "~0").replace("/", "~1")
    return text.encode("utf-8", "backslashreplace").decode()
