"""Values that a statement holds itself: those that are the same for all who share it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Integer, Text, literal_column


def constant(text: str) -> ColumnElement[str]:
    """Returns an expression for a text; sessions have standard_conforming_strings, so that a backslash is one."""
    return literal_column(_quoted(text), Text)


def number(value: int) -> ColumnElement[int]:
    """Returns an expression for a number."""
    return literal_column(str(value), Integer)


def constants(texts: Sequence[str]) -> ColumnElement[Any]:
    """Returns an expression for an array of texts."""
    return literal_column(f"ARRAY[{', '.join(map(_quoted, texts))}]::TEXT[]", ARRAY(Text))


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    if "%(" not in text:
        return f"'{doubled}'"
    # What SQLAlchemy compiles to has its parameters as %(name)s at first, and it does not look where they stand.
    escaped = doubled.replace("\\", r"\\").replace("%(", r"%\050")
    return f"E'{escaped}'"
