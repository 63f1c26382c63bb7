"""What is searched for is read as phrases and alternatives."""
# ruff: noqa: RUF001

import pytest

from datastore_service.application.read.criteria.words import Phrase, read_search


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("one two", [["one", "two"]]),
        ('"one two" three', [["one two", "three"]]),
        ('one -two -"three four"', [["one", "-two", "-three four"]]),
        ("one or two OR three", [["one"], ["two"], ["three"]]),
        ("or", [["or"]]),
        ("or one or", [["or", "one", "or"]]),
        ("one or or two", [["one"], ["or", "two"]]),
        ("either/or", [["either or"]]),
        ("one or -", [["one", "or"]]),
        ("http://h.io/p?a=1&b=(2)", [["http h io p a 1 b 2"]]),
        ('"http://h.io"', [["http h io"]]),
        ("ada@example.com <x>", [["ada example com", "x"]]),
        ("-/usr/bin", [["-usr bin"]]),
        ('"not closed', [["not closed"]]),
        ('"one""two"three', [["one", "two", "three"]]),
        ("d’été", [["d’été"]]),
        ("", []),
        (' - "" -"" … !', []),
    ],
)
def test_reads(written: str, expected: list[list[str]]) -> None:
    found = [[f"{'' if each.wanted else '-'}{each.words}" for each in phrases] for phrases in read_search(written)]

    assert found == expected


def test_a_minus_within_a_word_excludes_nothing() -> None:
    assert read_search("well-known") == [[Phrase("well known")]]
