"""What a client expects of the state of something."""

from typing import Literal
from uuid import UUID

import pytest

from datastore_service.domain.errors import PreconditionFailed
from datastore_service.domain.preconditions import ANY_STATE, Precondition

KEY = UUID(int=1)

type Versions = set[int] | Literal["*"] | None


def expecting(match: Versions, none_match: Versions) -> Precondition:
    return Precondition(
        match=frozenset(match) if isinstance(match, set) else match,
        none_match=frozenset(none_match) if isinstance(none_match, set) else none_match,
    )


@pytest.mark.parametrize(
    ("match", "none_match", "version"),
    [
        (None, None, None),
        (None, None, 3),
        ("*", None, 3),
        ({3}, None, 3),
        ({2, 3}, None, 3),
        (None, "*", None),
        (None, {3}, None),
        (None, {2}, 3),
        (None, set[int](), 3),
        ("*", {2}, 3),
        ({3}, {2}, 3),
    ],
)
def test_lets_a_write_go_ahead_in_the_expected_state(
    match: Versions, none_match: Versions, version: int | None
) -> None:
    expecting(match, none_match).check("Invoice", KEY, version)


@pytest.mark.parametrize(
    ("match", "none_match", "version"),
    [
        ("*", None, None),
        ({3}, None, None),
        (set[int](), None, None),
        ({2}, None, 3),
        ({2, 4}, None, 3),
        (set[int](), None, 3),
        (None, "*", 3),
        (None, {3}, 3),
        (None, {2, 3}, 3),
        ("*", {3}, 3),
        ({3}, {3}, 3),
        ({2}, {2}, 3),
        ("*", "*", 3),
        ("*", "*", None),
    ],
)
def test_stops_a_write_in_any_other_state(match: Versions, none_match: Versions, version: int | None) -> None:
    with pytest.raises(PreconditionFailed) as refusal:
        expecting(match, none_match).check("Invoice", KEY, version)

    assert refusal.value.current_version == version
    state = "does not exist" if version is None else f"is at version {version}"
    assert refusal.value.detail == f"Invoice {KEY} {state}, which is not what the request expects."


def test_a_name_is_quoted() -> None:
    with pytest.raises(PreconditionFailed, match=r"^Collection 'people' is at version 3,"):
        expecting({2}, None).check_match("Collection", "people", 3)


@pytest.mark.parametrize(
    ("none_match", "forbidden"), [(None, False), ("*", True), ({3}, True), ({2}, False), (set[int](), False)]
)
def test_tells_whether_a_reader_has_the_version(none_match: Versions, forbidden: bool) -> None:
    assert expecting({1}, none_match).forbids(3) is forbidden


def test_without_conditions_every_state_is_accepted() -> None:
    ANY_STATE.check("Invoice", KEY, None)
    ANY_STATE.check("Invoice", KEY, 1)

    assert not ANY_STATE.forbids(1)
