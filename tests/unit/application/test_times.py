"""The one grammar of times."""

from datetime import UTC

import pytest

from datastore_service.application.fields import Attribute, PayloadPath
from datastore_service.application.read.criteria.comparisons import read_comparison
from datastore_service.application.read.criteria.conditions import Comparison, Operator
from datastore_service.application.times import parse_time, read_time, timestamp
from datastore_service.domain.errors import InvalidValue
from tests.times import AFTER_ALL, NOT_TIMES, TIMES

FIELDS = [Attribute.CREATED_AT, Attribute.UPDATED_AT, Attribute.DELETED_AT, PayloadPath(("at",), as_time=True)]


@pytest.mark.parametrize(("text", "expected"), (TIMES | AFTER_ALL).items())
def test_reads_a_time_into_utc(text: str, expected: str) -> None:
    found = parse_time(text)

    assert found is not None
    assert found.tzinfo is UTC
    assert timestamp(found) == expected
    assert read_time(text) == found
    for field in FIELDS:
        compared = read_comparison(field, Operator.EQ, text, "/filter")
        assert isinstance(compared, Comparison)
        assert compared.operand == found


@pytest.mark.parametrize("text", NOT_TIMES)
def test_refuses_every_other_text(text: str) -> None:
    assert parse_time(text) is None
    with pytest.raises(ValueError, match=r"RFC 3339|%2B"):
        read_time(text)
    for field in FIELDS:
        with pytest.raises(InvalidValue, match=r"RFC 3339|%2B"):
            read_comparison(field, Operator.EQ, text, "/filter")


@pytest.mark.parametrize("given", [None, True, 1769862615, 1.5, [], {"a": "b"}])
def test_refuses_values_that_are_not_texts(given: object) -> None:
    with pytest.raises(ValueError, match="This is not a time with its offset"):
        read_time(given)


def test_explains_how_to_encode_a_plus() -> None:
    with pytest.raises(ValueError, match=r"'2026-01-31T12:30:15 01:00' has a blank .* %2B"):
        read_time("2026-01-31T12:30:15 01:00")


def test_an_error_quotes_only_the_beginning_of_a_long_text() -> None:
    with pytest.raises(ValueError, match=r"'x{60}…' is not a time"):
        read_time("x" * 100_000)
