"""JSON text to Python values and back, without losing a digit.

The usual decoders turn long numbers into floats and keep the last of two equal keys. Here a number that no 64-bit
integer and no float holds exactly becomes a Decimal, and what RFC 8259 leaves open is refused. A negative zero is read
and written as the zero that it equals: PostgreSQL keeps no other.

Most texts hold nothing of that. Such a one is read by orjson, in a fourth of the time: what orjson makes of it is right
if it writes it just as it was, for then no digit and no member is missing. All others are read strictly.
"""

import json
import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Final, NoReturn, cast

import orjson

from datastore_service.domain.json_value import MAX_DEPTH, Json

_INT64: Final = range(-(2**63), 2**63)
_INT64_LENGTH: Final = len("-9223372036854775808")
_SHOWN_LENGTH: Final = 40
# As orjson writes it; in a string it may be a coincidence. `find` is faster than `in`, which tries an integer first.
_NEGATIVE_ZERO: Final = re.compile(rb"-0\.0(?![0-9])")
_BLANKS: Final = b" \t\r\n"
"""Left out of both texts where they are compared. There are some in strings, too, but those are in both."""
_AS_ARRAYS: Final = bytes.maketrans(b"{}", b"[]")
_NO_STRUCTURE: Final = bytes(set(range(256)) - set(b'{}[]"'))
_OPENING: Final = frozenset("[{")
# Up to and with the next bracket, over whole strings. It matches everywhere, so nothing is tried twice.
_NEXT_BRACKET: Final = re.compile(r'[^"\[\]{}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"?[^"\[\]{}]*+)*+([\[\]{}]?)', re.DOTALL)


_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


class MalformedJson(ValueError):
    """The text is no JSON that this service takes; the message is one sentence that says where and why."""


class TooManyValues(MalformedJson):
    """The text has more values than are taken from one text."""


def decode(text: bytes, *, max_depth: int = MAX_DEPTH, max_values: int | None = None) -> Json:
    """Decodes a JSON text (RFC 8259).

    Args:
        text: UTF-8, without a byte order mark.
        max_depth: How many levels of arrays and objects are taken.
        max_values: How many values are taken; None takes any number.

    Raises:
        MalformedJson: It is not JSON, not UTF-8, nested too deep, has a key twice in one object, or NaN or Infinity.
        TooManyValues: It has more values; it may not be JSON either, which is not looked at.
    """
    if max_values is not None and len(text) > max_values and _has_more_values(text, max_values):
        raise TooManyValues(f"The text has more than {max_values} values, arrays and objects.")
    try:
        value = orjson.loads(text)
        written = orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return _decode_strictly(text, max_depth)
    if written != text and written.translate(None, _BLANKS) != text.translate(None, _BLANKS):
        return _decode_strictly(text, max_depth)
    if written.find(b"-0.0") >= 0 and _NEGATIVE_ZERO.search(written):
        return _decode_strictly(text, max_depth)
    if text.count(b"[") + text.count(b"{") > max_depth and not _is_shallow(text, max_depth):
        _check_depth(text.decode(), max_depth)
    return value


def _has_more_values(text: bytes, limit: int) -> bool:
    """Tells whether a JSON text has more values, by what separates them; that may be in its strings, too."""
    if _separators(text, 0, len(text)) < limit:
        return False
    found = start = 0
    for string in _STRING.finditer(text):
        found += _separators(text, start, string.start())
        if found >= limit:
            return True
        start = string.end()
    return found + _separators(text, start, len(text)) >= limit


def _separators(text: bytes, start: int, end: int) -> int:
    return text.count(b",", start, end) + text.count(b"[", start, end) + text.count(b"{", start, end)


def _is_shallow(text: bytes, limit: int) -> bool:
    """Tells at a glance whether a JSON text is nested within the limit; where strings have brackets, it cannot."""
    if b"\\" in text:
        text = text.replace(rb"\\", b"").replace(rb"\"", b"")
    # Of a string without brackets nothing is left but its quotes.
    brackets = text.translate(_AS_ARRAYS, _NO_STRUCTURE).replace(b'""', b"")
    while brackets and limit and b'"' not in brackets:
        brackets, limit = brackets.replace(b"[]", b""), limit - 1
    return not brackets


def _decode_strictly(text: bytes, max_depth: int) -> Json:
    try:
        characters = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJson(f"The text is not valid UTF-8: byte {error.start} is {text[error.start]:#04x}.") from error
    if characters.startswith("\ufeff"):
        raise MalformedJson("The text starts with a byte order mark, which JSON forbids (RFC 8259, section 8.1).")
    if characters.count("[") + characters.count("{") > max_depth:
        _check_depth(characters, max_depth)
    try:
        return cast("Json", _DECODER.decode(characters))
    except json.JSONDecodeError as error:
        raise MalformedJson(f"{error.msg} (line {error.lineno}, column {error.colno}).") from error


def encode(value: Json) -> bytes:
    """Encodes a JSON value as UTF-8 text, each number with all its digits."""
    try:
        written = orjson.dumps(value, default=_encode_decimal)
    except orjson.JSONEncodeError:
        written = orjson.dumps(_as_written(value), default=_encode_decimal)
    if written.find(b"-0.0") >= 0 and _NEGATIVE_ZERO.search(written):
        return orjson.dumps(_as_written(value), default=_encode_decimal)
    return written


def _encode_decimal(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value or value.copy_abs()))
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _as_written(value: Json) -> Json:
    """Returns the value with decimals for integers that orjson does not write, and 0.0 for -0.0."""
    match value:
        case dict():
            return {key: _as_written(member) for key, member in value.items()}
        case list():
            return [_as_written(item) for item in value]
        case int() if not isinstance(value, bool):
            return Decimal(value)
        case float():
            return value or 0.0
        case _:
            return value


def _integer(digits: str) -> int | Decimal:
    if len(digits) <= _INT64_LENGTH and (number := int(digits)) in _INT64:
        return number
    return Decimal(digits)


def _fraction(digits: str) -> float | Decimal:
    number = float(digits)
    if number and repr(number) == digits:
        return number
    try:
        exact = Decimal(digits)
    except InvalidOperation as error:
        raise MalformedJson(f"{digits[:_SHOWN_LENGTH]} has an exponent beyond all bounds.") from error
    return abs(number) if exact.is_zero() else number if Decimal(repr(number)) == exact else exact


def _constant(name: str) -> NoReturn:
    raise MalformedJson(f"{name} is no JSON number.")


def _object(members: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(members)
    if len(result) < len(members):
        twice = next(key for key, count in Counter(key for key, _ in members).items() if count > 1)
        raise MalformedJson(f"An object has the key {json.dumps(twice[:_SHOWN_LENGTH])} twice.")
    return result


def _check_depth(text: str, limit: int) -> None:
    depth = 0
    for bracket in _NEXT_BRACKET.findall(text):
        if bracket in _OPENING:
            depth += 1
            if depth > limit:
                raise MalformedJson(f"The text is nested more than {limit} levels deep.")
        elif bracket:
            depth -= 1


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)
