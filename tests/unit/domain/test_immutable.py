"""Objects that never change, to the type checker."""

# Pyright refuses an ignored error here that there is none of.
# pyright: reportUnnecessaryTypeIgnoreComment=true

from dataclasses import fields

import pytest

from datastore_service.domain.immutable import immutable


@immutable
class Place:
    street: str
    number: int = 1


def test_is_created_by_keyword_and_compared_by_value() -> None:
    place = Place(street="Elm Street")

    assert place == Place(street="Elm Street", number=1)
    assert {place} == {Place(street="Elm Street")}
    assert [field.name for field in fields(Place)] == ["street", "number"]


def test_accepts_only_its_own_attributes() -> None:
    with pytest.raises(AttributeError):
        Place(street="Elm Street").town = "Springwood"  # pyright: ignore[reportAttributeAccessIssue]


def test_is_frozen_to_the_type_checker() -> None:
    Place(street="Elm Street").number = 2  # pyright: ignore[reportAttributeAccessIssue]
