"""Signed cursors."""

from uuid import UUID

import pytest

from datastore_service.application.errors import InvalidCursor
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.application.read.pagination import Cursor

SIGNER = CursorSigner(b"key")
PLACE = Cursor(UUID(int=7), ('"a\u00e9"', "3"))
TEXT = SIGNER.sign(PLACE, "people")


def test_reads_the_cursors_that_it_has_signed() -> None:
    assert SIGNER.read(TEXT, "people", "after") == PLACE


@pytest.mark.parametrize(
    "text",
    ["", "=", f"{TEXT}=", f"{TEXT}==", f"{TEXT}A", TEXT[:-1], f" {TEXT}", f"{TEXT}\n", f"{TEXT}\x00", f"{TEXT}\ud800"],
)
def test_refuses_an_altered_text(text: str) -> None:
    with pytest.raises(InvalidCursor):
        SIGNER.read(text, "people", "after")


def test_refuses_a_cursor_of_other_lists_and_services() -> None:
    for signer, scope in ((SIGNER, "things"), (CursorSigner(b"other"), "people")):
        with pytest.raises(InvalidCursor):
            signer.read(TEXT, scope, "after")
