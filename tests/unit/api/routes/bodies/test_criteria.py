"""What texts of a query string stand for."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from datastore_service.api.routes.bodies.criteria import typed
from datastore_service.application.json_codec import MalformedJson, decode, encode
from tests.strategies import json_values

whites = st.text(" \t\r\n", max_size=2)


@given(st.tuples(whites, json_values().map(lambda value: encode(value).decode()), whites).map("".join))
def test_reads_json(text: str) -> None:
    assert typed(text) == decode(text.encode())


@given(st.text() | st.text('-"[{tfnN0123 \ufeff\ud800', max_size=4))
@example("")
@example("NaN")
@example("Infinity")
def test_takes_what_is_no_json_as_it_is(text: str) -> None:
    try:
        decode(text.encode("utf-8", "surrogatepass"))
    except MalformedJson:
        assert typed(text) == text


@pytest.mark.parametrize("text", ["true", "false", "null", "0", "-1", '"a"', "[]", "{}"])
def test_reads_whatever_json_begins_with(text: str) -> None:
    assert typed(f"\n{text}") == typed(text) == decode(text.encode())
