"""Paths are read as they are written, by this release and by former ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datastore_service.application.fields import (
    Compared,
    PayloadPath,
    read_compared,
    read_compared_path,
    read_field,
    read_kept_path,
)
from datastore_service.application.path_texts import MAX_STEPS
from datastore_service.domain.errors import InvalidValue

_steps = st.lists(st.text(st.sampled_from('ab .:"[]<>=!,*\\\n\u00e9'), max_size=4), max_size=4).map(tuple)


@given(_steps, st.booleans())
def test_reads_the_fields_that_it_writes(steps: tuple[str, ...], as_time: bool) -> None:
    path = PayloadPath(steps, as_time)

    assert read_field(str(path), "/field") == path


@given(_steps.filter(bool), st.booleans())
def test_reads_the_fields_that_a_former_release_has_stored(steps: tuple[str, ...], as_time: bool) -> None:
    path = PayloadPath(steps, as_time)

    assert read_kept_path(path.former_text) == path
    assert read_kept_path(str(path)) == path


@pytest.mark.parametrize(
    ("key", "written", "former"),
    [
        ("a", "payload.a", "payload.a"),
        ("a b", 'payload."a b"', "payload.a b"),
        ("a.b", 'payload."a.b"', 'payload."a.b"'),
    ],
)
def test_quotes_keys_that_need_it(key: str, written: str, former: str) -> None:
    assert (str(PayloadPath((key,))), PayloadPath((key,)).former_text) == (written, former)


A, B, WHOLE = PayloadPath(("a",)), PayloadPath(("b",)), PayloadPath()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("payload.a[*]", Compared(WHOLE, (A,))),
        ("payload.a[*].b", Compared(B, (A,))),
        ("payload[*]", Compared(WHOLE, (WHOLE,))),
        ("payload.a[*].b[*].a", Compared(A, (A, B))),
        ("payload[*][*]", Compared(WHOLE, (WHOLE, WHOLE))),
        ("payload.a[0][*]::time", Compared(PayloadPath((), as_time=True), (PayloadPath(("a", "0")),))),
        ('payload."a[*]"', Compared(PayloadPath(("a[*]",)))),
        ('payload["*"]', Compared(PayloadPath(("*",)))),
    ],
)
def test_reads_any_item_of_an_array(written: str, expected: Compared) -> None:
    path, in_item = written.removeprefix("payload").removeprefix("."), written.replace("payload", "item")

    assert read_compared(written, "/field") == expected
    assert read_compared_path(path, "/path") == expected
    assert read_compared(in_item, "/field", of_item=True) == expected
    assert read_compared_path(path, "/path", of_item=True) == expected


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("sku", "'sku' is no field of an item; those of an item are such as item"),
        ("payload.a", "'payload.a' is no field of an item"),
        ("version", "'version' is no field of an item"),
        ("items", "'items' cannot be read from character 5 on"),
        ("item.*", "'item.*' cannot be read from character 6 on. Paths are such as item"),
        ("item[**]", "'item[**]' cannot be read from character 6 on"),
        ("item" + "[*]" * (MAX_STEPS + 1), "A path has at most 50 steps; this one has 51"),
    ],
)
def test_refuses_what_no_item_has(written: str, message: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        read_compared(written, "/field", of_item=True)

    assert message in refusal.value.detail


def test_any_item_is_one_only_where_values_are_compared() -> None:
    with pytest.raises(InvalidValue, match="names many values: only filters take"):
        read_field("payload.a[*].b", "/sort/0")
    with pytest.raises(InvalidValue):
        read_kept_path("payload.a[*]")
