"""The values that a record is made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.records.values import collection_name, tag_set
from tests.strategies import texts


@pytest.mark.parametrize("name", ["a", "0", "Z", "people", "a_b-c.d", "a..", "2026-01-01", "x" * 128])
def test_accepts_names_that_are_safe_in_a_url(name: str) -> None:
    assert collection_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x" * 129,
        "_a",
        "-a",
        ".a",
        "..",
        "a b",
        " a",
        "a\n",
        "\na",
        "a\nb",
        "a/b",
        "a%20b",
        "a\x00",
        "é",
        "a\u0301",
        "\u0661",
        "\uff41",
        "\u212a",
        "a\ud800",
    ],
    ids=ascii,
)
def test_refuses_any_other_name(name: str) -> None:
    with pytest.raises(InvalidValue, match="is no name for a collection") as refusal:
        collection_name(name)

    assert refusal.value.pointer == "/collection"
    assert refusal.value.detail.isprintable()


def test_shows_only_the_start_of_a_long_name() -> None:
    with pytest.raises(InvalidValue) as refusal:
        collection_name("é" * 1_000_000)

    assert len(refusal.value.detail) < 300


@given(st.lists(texts().filter(bool), max_size=20))
def test_keeps_each_tag_once_in_the_order_of_code_points(tags: list[str]) -> None:
    kept = tag_set(tags)

    assert list(kept) == sorted(set(tags))
    assert list(kept) == sorted(kept, key=lambda tag: tag.encode())


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param(["x" * 200], id="200 letters"),
        pytest.param(["\U0001d11e" * 200], id="200 characters of four bytes"),
        pytest.param([str(n) for n in range(100)], id="100 tags"),
        pytest.param([str(n % 100) for n in range(1000)], id="1000 tags of which 100 differ"),
    ],
)
def test_accepts_tags_up_to_the_limits(tags: list[str]) -> None:
    assert set(tag_set(tags)) == set(tags)


@pytest.mark.parametrize(
    ("tags", "pointer", "reason"),
    [
        (["a", ""], "/tags/1", "1 to 200 characters"),
        (["x" * 201], "/tags/0", "1 to 200 characters"),
        ([1], "/tags/0", "1 to 200 characters"),
        (["a", None], "/tags/1", "1 to 200 characters"),
        ([True], "/tags/0", "1 to 200 characters"),
        ([["a"]], "/tags/0", "1 to 200 characters"),
        ([{"a": "b"}], "/tags/0", "1 to 200 characters"),
        (["a", "b\x00"], "/tags/1", "NUL"),
        (["\udc00"], "/tags/0", "surrogate"),
        ([object()], "/tags/0", "no JSON value"),
        ([str(n) for n in range(101)], "/tags", "at most 100 tags; these are 101"),
    ],
)
def test_refuses_other_tags(tags: list[object], pointer: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        tag_set(tags)

    assert refusal.value.pointer == pointer
    assert reason in refusal.value.detail
