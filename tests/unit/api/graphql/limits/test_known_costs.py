"""What an operation costs is added up once for all requests that it costs the same for."""

from typing import Any

import pytest

from datastore_service.api.graphql.limits.known_costs import Known, KnownCosts


def of(cost: int) -> Known:
    return Known(cost, frozenset())


def test_knows_nothing_at_first() -> None:
    assert KnownCosts().get({}) is None


def test_disregards_variables_that_had_no_part_in_it() -> None:
    costs = KnownCosts()

    costs.keep({"first": 10, "id": "a"}, ("first",), of(21))

    assert costs.get({"first": 10, "id": "b"}) == of(21)


@pytest.mark.parametrize("first", [11, True, None, "10", [10], {"a": 1}])
def test_tells_sizes_apart_from_each_other_and_from_what_is_none(first: Any) -> None:  # noqa: ANN401
    costs = KnownCosts()

    costs.keep({"first": 1}, ("first",), of(21))

    assert costs.get({"first": first}) is None


def test_tells_a_variable_that_is_left_out_from_one_that_is_null() -> None:
    costs = KnownCosts()

    costs.keep({}, ("first",), of(21))

    assert (costs.get({}), costs.get({"first": None})) == (of(21), None)


def test_takes_lists_of_one_length_for_the_same() -> None:
    costs = KnownCosts()

    costs.keep({"ids": ["a", "b"]}, ("ids",), of(5))

    assert (costs.get({"ids": ["c", "d"]}), costs.get({"ids": ["c"]})) == (of(5), None)


def test_forgets_what_other_variables_decided() -> None:
    costs = KnownCosts()

    costs.keep({"short": True}, ("short",), of(1))
    costs.keep({"short": False, "first": 5}, ("first", "short"), of(11))

    assert costs.get({"short": False, "first": 5}) == of(11)
    assert costs.get({"short": True}) is None


def test_forgets_rather_than_grow_without_bounds() -> None:
    costs = KnownCosts()

    for first in range(1000):
        costs.keep({"first": first}, ("first",), of(first))

    assert (costs.get({"first": 999}), costs.get({"first": 0})) == (of(999), None)
