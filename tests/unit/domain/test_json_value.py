"""Which JSON values the store takes."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given

from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import MAX_DEPTH, MAX_SIZE, check_storable, escape_pointer
from tests.strategies import json_values


def nested(levels: int, innermost: object = None) -> object:
    value = innermost
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


@given(json_values())
def test_accepts_every_json_value_that_the_database_preserves(value: object) -> None:
    check_storable(value, "/payload")


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(10**131_072 - 1, id="131072 digits"),
        pytest.param(-(10**131_072 - 1), id="131072 digits below zero"),
        pytest.param(10**131_071, id="the least number of 131072 digits"),
        pytest.param(Decimal("9E+131071"), id="131072 digits as a decimal"),
        pytest.param(Decimal("1E-16383"), id="16383 digits after the point"),
        pytest.param(Decimal("1e400"), id="beyond a float"),
        pytest.param(Decimal(0), id="zero as a decimal"),
        pytest.param(0.0, id="zero as a float"),
        pytest.param([-0.0], id="a negative zero"),
        pytest.param(Decimal("-0.00"), id="a negative zero as a decimal"),
        pytest.param(5e-324, id="the least float"),
        pytest.param(-1.7976931348623157e308, id="the lowest float"),
        pytest.param("\ud7ff\ue000\uffff\U0010ffff", id="text on both sides of the surrogates"),
        pytest.param("\x01\x1f\x7f", id="control characters"),
        pytest.param({"": {"\U0001d11e": ""}}, id="an empty key"),
    ],
)
def test_accepts_values_at_the_limits(value: object) -> None:
    check_storable(value, "/payload")


@pytest.mark.parametrize(
    ("value", "pointer", "reason"),
    [
        ("a\x00b", "/payload", "the character NUL"),
        ({"a": ["b", "\x00"]}, "/payload/a/1", "the character NUL"),
        ({"a": {"b\x00": 1}}, "/payload/a/b\x00", "the character NUL"),
        ("\ud800", "/payload", "a lone surrogate"),
        (["é", "x\udfff"], "/payload/1", "a lone surrogate"),
        ({"k\ud83d": 1}, "/payload/k\\ud83d", "a lone surrogate"),
        ([float("nan")], "/payload/0", "is nan, which is no JSON number"),
        ({"a": float("inf")}, "/payload/a", "is inf, which is no JSON number"),
        (float("-inf"), "/payload", "is -inf, which is no JSON number"),
        (Decimal("NaN"), "/payload", "is NaN, which is no JSON number"),
        (Decimal("sNaN"), "/payload", "is sNaN, which is no JSON number"),
        (Decimal("-Infinity"), "/payload", "is -Infinity, which is no JSON number"),
        (Decimal("1E+131072"), "/payload", "beyond 131072 digits before"),
        (Decimal("-1E+999999999999"), "/payload", "beyond 131072 digits before"),
        (Decimal("1E-16384"), "/payload", "16383 after the point"),
        ((1, 2), "/payload", "is a tuple, which is no JSON value"),
        ([b"bytes"], "/payload/0", "is a bytes, which is no JSON value"),
        ({"a": {1, 2}}, "/payload/a", "is a set, which is no JSON value"),
        (1j, "/payload", "is a complex, which is no JSON value"),
        ([UUID(int=0)], "/payload/0", "is a UUID, which is no JSON value"),
        (datetime(2026, 1, 1, tzinfo=UTC), "/payload", "is a datetime, which is no JSON value"),
        (object(), "/payload", "is a object, which is no JSON value"),
        ({1: 2}, "/payload", "has the key 1"),
        ([{None: 2}], "/payload/0", "has the key None"),
        ({"a": {("b",): 2}}, "/payload/a", "has the key ('b',)"),
        ({"a/b": {"~": [0, b""]}}, "/payload/a~1b/~0/1", "no JSON value"),
        ({"~1": {"": {" é": b""}}}, "/payload/~01// é", "no JSON value"),
    ],
)
def test_refuses_values_that_the_database_would_not_preserve(value: object, pointer: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        check_storable(value, "/payload")

    assert refusal.value.pointer == pointer
    assert reason in refusal.value.detail
    assert refusal.value.detail.startswith(pointer)


@pytest.mark.parametrize("value", [10**131_072, -(10**131_072), 10**200_000], ids=["first", "below zero", "far"])
def test_refuses_an_integer_of_too_many_digits(value: int) -> None:
    with pytest.raises(InvalidValue, match="more than 131072 digits") as refusal:
        check_storable({"n": [value]}, "/payload")

    assert refusal.value.pointer == "/payload/n/0"


def test_refuses_numbers_that_together_have_more_digits_than_a_text_can_hold() -> None:
    """PostgreSQL writes out each digit, and no text of its is longer than 1 GB: such a record could never be read."""
    with pytest.raises(InvalidValue):
        check_storable([Decimal("1e131071")] * 10_000, "/payload")


@pytest.mark.slow
def test_accepts_values_up_to_the_maximum_size() -> None:
    text = "x" * (MAX_SIZE // 50 - 17)

    check_storable([text] * 49, "/payload")
    check_storable({text: text}, "/payload")
    for too_large in ([text] * 51, [{text: 1}] * 51, [0] * (MAX_SIZE // 16)):
        with pytest.raises(InvalidValue, match="/payload is larger than 50 MB") as refusal:
            check_storable(too_large, "/payload")
        assert refusal.value.pointer == "/payload"


def test_names_the_first_of_several_bad_members() -> None:
    with pytest.raises(InvalidValue) as refusal:
        check_storable({"a": 1, "b": "\x00", "c": "\x00"}, "/payload")

    assert refusal.value.pointer == "/payload/b"


def test_accepts_nesting_up_to_the_limit() -> None:
    check_storable(nested(MAX_DEPTH, innermost="leaf"), "/payload")


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 100_000])
def test_refuses_deeper_nesting(levels: int) -> None:
    with pytest.raises(InvalidValue, match="more than 200 levels deep") as refusal:
        check_storable(nested(levels), "/payload")

    assert refusal.value.pointer == "/payload"


@pytest.mark.parametrize(
    ("step", "token"),
    [
        ("a", "a"),
        (0, "0"),
        ("", ""),
        ("a/b", "a~1b"),
        ("m~n", "m~0n"),
        ("~1", "~01"),
        ("\ud800", "\\ud800"),
        ("é", "é"),
    ],
)
def test_writes_steps_as_reference_tokens(step: str | int, token: str) -> None:
    assert escape_pointer(step) == token
