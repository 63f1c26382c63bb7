"""The conditional headers."""

from typing import Literal

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from datastore_service.api.http.preconditions import etag, precondition
from datastore_service.api.http.problems import RequestRefused
from datastore_service.domain.preconditions import ANY_STATE, Precondition

type Versions = set[int] | Literal["*"]


def request_with(*headers: tuple[str, str]) -> Request:
    return Request(
        {
            "type": "http",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
        }
    )


def expected(versions: Versions) -> frozenset[int] | Literal["*"]:
    return "*" if versions == "*" else frozenset(versions)


def test_expects_nothing_where_there_are_no_headers() -> None:
    assert precondition(request_with(("Accept", "*/*"))) == ANY_STATE


@given(st.sets(st.integers(1, 2**53), min_size=1))
def test_reads_the_tags_that_it_writes(versions: set[int]) -> None:
    tags = ", ".join(etag(version) for version in versions)

    assert precondition(request_with(("If-Match", tags))) == Precondition(match=frozenset(versions))


@pytest.mark.parametrize(
    ("value", "strong", "weak"),
    [
        pytest.param("*", "*", "*", id="any"),
        pytest.param(" * ", "*", "*", id="any, with spaces"),
        pytest.param('"3"', {3}, {3}, id="one"),
        pytest.param('"3","14"', {3, 14}, {3, 14}, id="two"),
        pytest.param(' "3" ,\t"14" ', {3, 14}, {3, 14}, id="two, with spaces"),
        pytest.param('"3", "3"', {3}, {3}, id="one twice"),
        pytest.param('W/"3"', set[int](), {3}, id="weak"),
        pytest.param('W/"3", "14"', {14}, {3, 14}, id="weak and strong"),
        pytest.param('W/"3", "3"', {3}, {3}, id="both weak and strong"),
        pytest.param('""', set[int](), set[int](), id="an empty tag"),
        pytest.param('"abc"', set[int](), set[int](), id="somebody else's tag"),
        pytest.param('"abc", "3"', {3}, {3}, id="somebody else's tag and ours"),
        pytest.param('"1,2"', set[int](), set[int](), id="a tag with a comma"),
        pytest.param('"a,W/", "3"', {3}, {3}, id="a tag that looks like the start of a weak one"),
        pytest.param('"*"', set[int](), set[int](), id="a star as a tag"),
        pytest.param('"0"', set[int](), set[int](), id="version zero"),
        pytest.param('"03"', set[int](), set[int](), id="a leading zero"),
        pytest.param('"-3"', set[int](), set[int](), id="below zero"),
        pytest.param('"' + "9" * 5000 + '"', set[int](), set[int](), id="a long number"),
        pytest.param('"\x80\xff"', set[int](), set[int](), id="bytes beyond ASCII"),
    ],
)
def test_compares_strongly_to_write_and_weakly_to_read(value: str, strong: Versions, weak: Versions) -> None:
    to_write = precondition(request_with(("If-Match", value)))
    to_read = precondition(request_with(("If-None-Match", value)))

    assert to_write == Precondition(match=expected(strong))
    assert to_read == Precondition(none_match=expected(weak))


def test_reads_both_headers() -> None:
    read = precondition(request_with(("If-None-Match", '"2"'), ("If-Match", "*")))

    assert read == Precondition(match="*", none_match=frozenset({2}))


def test_reads_several_lines_as_one_list() -> None:
    read = precondition(request_with(("If-Match", '"1"'), ("If-Match", 'W/"2", "3"'), ("if-match", '"4"')))

    assert read == Precondition(match=frozenset({1, 3, 4}))


@pytest.mark.parametrize("value", ['"3",', ',"3"', '"3",,"3"', '"3" , , "3"'])
def test_passes_over_empty_elements_of_a_list(value: str) -> None:
    """RFC 9110, section 5.6.1.2: a recipient must parse and ignore a reasonable number of them."""
    assert precondition(request_with(("If-Match", value))) == Precondition(match=frozenset({3}))


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize(
    "value",
    [
        "3",
        '"3',
        '3"',
        "'3'",
        '"3" "4"',
        '"3";"4"',
        'w/"3"',
        'W/ "3"',
        "W/3",
        "W/",
        '"3"x',
        '"a"b"',
        '"3 "',
        '"a\x7fb"',
        '"a\tb"',
        "**",
        '*, "3"',
        '"3", *',
        "*, *",
        "null",
        "\xe9",
        '"3", ' * 2000 + "x",
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_refuses_what_is_no_list_of_tags(header: str, value: str) -> None:
    with pytest.raises(RequestRefused) as refusal:
        precondition(request_with((header, value)))

    problem = refusal.value.problem
    assert (problem.code, problem.status) == ("malformed_header", 400)
    assert problem.members["errors"] == [{"header": header, "detail": problem.detail}]
    assert problem.detail.startswith(f"{header}: ")


def test_refuses_a_star_beside_another_line() -> None:
    with pytest.raises(RequestRefused):
        precondition(request_with(("If-Match", "*"), ("If-Match", '"3"')))
