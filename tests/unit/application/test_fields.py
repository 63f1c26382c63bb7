"""Paths are read as they are written, by this release and by former ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datastore_service.application.fields import PayloadPath, read_field, read_kept_path

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
