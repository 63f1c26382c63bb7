"""What properties are tried on: JSON values and texts, made by Hypothesis."""

import json
from decimal import Decimal

from hypothesis import strategies as st

from datastore_service.domain.json_value import Json

_LEAST_INTEGER = -(2**63)
_GREATEST_INTEGER = 2**63 - 1


def texts() -> st.SearchStrategy[str]:
    """Text that the store takes: any Unicode but NUL and lone surrogates."""
    return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


def floats() -> st.SearchStrategy[float]:
    """Floats that the store takes: no NaN, no infinity, no negative zero."""
    return st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number or 0.0)


def decimals() -> st.SearchStrategy[Decimal]:
    """Numbers that neither a 64-bit integer nor a float holds."""
    scaled = st.builds(_scaled, st.integers(-(10**40), 10**40), st.integers(-500, 500) | st.just(0))
    return scaled.filter(lambda number: not _fits(number))


def scalars() -> st.SearchStrategy[Json]:
    """JSON values that hold no others."""
    integers = st.integers(_LEAST_INTEGER, _GREATEST_INTEGER)
    return st.none() | st.booleans() | integers | floats() | decimals() | texts()


def json_values() -> st.SearchStrategy[Json]:
    """Any JSON value that the store takes, in the Python types that decoding gives it."""
    return st.recursive(
        scalars(),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts(), inner, max_size=5),
        max_leaves=20,
    )


def json_objects() -> st.SearchStrategy[dict[str, Json]]:
    """JSON objects that the store takes, with members of few names, so that two of them have some in common."""
    names = st.sampled_from("abc")
    members = st.recursive(
        st.none() | st.booleans() | texts(), lambda inner: st.dictionaries(names, inner, max_size=3), max_leaves=6
    )
    return st.dictionaries(names, members, max_size=3)


def json_texts() -> st.SearchStrategy[str]:
    """Valid JSON documents, spaced and escaped in different ways, whose numbers every decoder reads alike."""
    numbers = st.integers(-(10**16), 10**16) | floats()
    values = st.recursive(
        st.none() | st.booleans() | numbers | texts(),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts(), inner, max_size=5),
        max_leaves=20,
    )
    return st.builds(_written, values, st.booleans(), st.sampled_from([None, 0, 2, "\t", "\r\n "]))


def json_number_texts() -> st.SearchStrategy[str]:
    """Numbers as JSON writes them (RFC 8259, section 6)."""
    digits = st.integers(0, 10**40).map(str)
    signs = st.sampled_from(["", "+", "-"])
    fractions = (
        st.just("") | digits.map(lambda fraction: f".{fraction}") | digits.map(lambda fraction: f".000{fraction}0")
    )
    exponents = st.just("") | st.builds("{}{}{}".format, st.sampled_from("eE"), signs, st.integers(0, 10**5))
    return st.builds("{}{}{}{}".format, st.sampled_from(["", "-"]), digits, fractions, exponents)


def small_numbers() -> st.SearchStrategy[set[int]]:
    """A few distinct numbers, of which two sets have some in common."""
    return st.sets(st.integers(0, 40), max_size=12)


def _scaled(digits: int, exponent: int) -> Decimal:
    return Decimal(f"{digits}E{exponent}")


def _fits(number: Decimal) -> bool:
    is_integer = number == number.to_integral_value()
    return (is_integer and _LEAST_INTEGER <= number <= _GREATEST_INTEGER) or Decimal(repr(float(number))) == number


def _written(value: Json, ascii_only: bool, indent: int | str | None) -> str:
    return json.dumps(value, ensure_ascii=ascii_only, indent=indent)
