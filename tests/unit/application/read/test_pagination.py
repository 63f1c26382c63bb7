"""Cursors, and the pages between them."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datastore_service.application.errors import InvalidCursor
from datastore_service.application.read.pagination import Cursor, Page, PageRequest

PLACE = Cursor(UUID("01890a5d-ac96-774b-bcce-b302099a8057"))


@given(st.uuids())
def test_reads_the_cursors_that_it_writes(record_id: UUID) -> None:
    text = str(Cursor(record_id))

    assert Cursor.parse(text, "cursor") == Cursor(record_id)


@given(st.uuids())
def test_writes_cursors_that_are_safe_in_a_url(record_id: UUID) -> None:
    text = str(Cursor(record_id))

    assert len(text) == 22
    assert text.isascii()
    assert text.replace("-", "").replace("_", "").isalnum()


@given(st.text() | st.text("AQgw-_=+/ \n", min_size=20, max_size=26))
def test_refuses_every_other_text(text: str) -> None:
    try:
        cursor = Cursor.parse(text, "cursor")
    except InvalidCursor:
        return

    assert str(cursor) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "AAAA",
        "null",
        str(PLACE.record_id),
        PLACE.record_id.hex,
        str(PLACE)[:-1],
        f"{PLACE}A",
        f"{PLACE}==",
        f"{PLACE}\n",
        f" {PLACE}",
        f"{str(PLACE)[:10]}\n{str(PLACE)[10:]}",
        f"{str(PLACE)[:-1]}x",
        f"{str(PLACE)[:-1]}+",
        f"{str(PLACE)[:-1]}/",
        f"{str(PLACE)[:-1]}\x00",
        f"{str(PLACE)[:-1]}é",
        f"{str(PLACE)[:-1]}\ud800",
        "A" * 1_000_000,
    ],
    ids=lambda text: ascii(text)[:32],
)
def test_refuses_a_cursor_that_was_tampered_with(text: str) -> None:
    with pytest.raises(InvalidCursor) as refusal:
        Cursor.parse(text, "after")

    assert refusal.value.parameter == "after"
    assert refusal.value.detail == "after is no cursor that this service has given out."


@pytest.mark.parametrize(
    ("found", "request_", "items", "has_next", "has_previous"),
    [
        ([], PageRequest(limit=2), [], False, False),
        ([1], PageRequest(limit=2), [1], False, False),
        ([1, 2], PageRequest(limit=2), [1, 2], False, False),
        ([1, 2, 3], PageRequest(limit=2), [1, 2], True, False),
        ([1], PageRequest(limit=0), [], True, False),
        ([3, 4, 5], PageRequest(limit=2, after=PLACE), [3, 4], True, True),
        ([5], PageRequest(limit=2, after=PLACE), [5], False, True),
        ([], PageRequest(limit=2, after=PLACE), [], False, True),
        ([5, 4, 3], PageRequest(limit=2, backwards=True), [4, 5], False, True),
        ([5, 4], PageRequest(limit=2, backwards=True), [4, 5], False, False),
        ([3, 2, 1], PageRequest(limit=2, before=PLACE, backwards=True), [2, 3], True, True),
        ([1], PageRequest(limit=2, before=PLACE, backwards=True), [1], True, False),
    ],
)
def test_makes_a_page_of_the_found_items(
    found: list[int], request_: PageRequest, items: list[int], has_next: bool, has_previous: bool
) -> None:
    page = Page[int].of(found, request_)

    assert (page.items, page.has_next, page.has_previous) == (items, has_next, has_previous)
