"""Constants in the text of a statement: values that are the same for all requests that share it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Integer, Text, literal_column


def constant(text: str) -> ColumnElement[str]:
    """Returns a literal for a text. Sessions have standard_conforming_strings, so a backslash needs no escape."""
    return literal_column(_quoted(text), Text)


def number(value: int) -> ColumnElement[int]:
    """Returns a literal for a number."""
    return literal_column(str(value), Integer)


def constants(texts: Sequence[str]) -> ColumnElement[Any]:
    """Returns a literal for an array of texts."""
    return literal_column(f"ARRAY[{', '.join(map(_quoted, texts))}]::TEXT[]", ARRAY(Text))


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    if "%(" not in text:
        return f"'{doubled}'"
    # SQLAlchemy first writes parameters as %(name)s, and would replace that inside a literal as well.
    escaped = doubled.replace("\\", r"\\").replace("%(", r"%\050")
    return f"E'{escaped}'"
