"""Selecting records from a source with the columns of `record_view`, and converting the rows, for all readers."""

from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, FromClause, Text, cast

from datastore_service.application.json_codec import decode
from datastore_service.application.views import COSTLY_MEMBERS, CostlyMember, RecordView
from datastore_service.domain.records.content import Content
from datastore_service.domain.records.record import Record
from datastore_service.infrastructure.database.engine.constants import constant, constants
from datastore_service.infrastructure.database.schema.record_columns import ARRAYS, CONTENT_NAMES, RECORD, content_of

_NAMES: Final = tuple(column.name for column in RECORD)
_ARRAYS_OF_CONTENT: Final = tuple(name for name in ARRAYS if name in CONTENT_NAMES)


class Columns(Protocol):
    """A row of any driver, whose columns are accessible by name."""

    def __getitem__(self, name: str, /) -> Any: ...  # noqa: ANN401 - columns vary in type


def stored_columns(source: FromClause) -> tuple[ColumnElement[Any], ...]:
    """Returns the columns of a record with the payload as it is stored, which `with_texts` turns into text."""
    return tuple(source.c[name] for name in _NAMES)


def record_columns(
    source: FromClause, members: frozenset[CostlyMember] = COSTLY_MEMBERS
) -> tuple[ColumnElement[Any], ...]:
    """Returns the columns of a record, with the payload as text.

    Args:
        source: A source with the columns of `record_view`.
        members: The requested costly members; the others are null or empty.
    """
    columns = source.c
    costly = {
        "payload": (cast(columns.payload, Text) if "payload" in members else constant("null")).label("payload"),
        "tags": (columns.tags if "tags" in members else constants([])).label("tags"),
    }
    return tuple(costly[name] if name in costly else columns[name] for name in _NAMES)


def content_texts(source: FromClause) -> list[ColumnElement[Any]]:
    """Returns the columns of the content, with the payload as text."""
    return [
        cast(column, Text).label("payload") if column.name == "payload" else column for column in content_of(source)
    ]


def view_of(row: Columns) -> RecordView:
    """Returns the view of a record from a row that has its columns."""
    # By name instead of by attribute, which saves half a millisecond for a hundred records.
    return RecordView(
        id=row["id"],
        collection=row["collection"],
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        deleted_at=row["deleted_at"],
        **shown_content(row),
    )


def shown_content(row: Columns) -> dict[str, Any]:
    """Returns the members of a `ContentView` in a row that has the columns of the content, the payload as text."""
    members = {name: row[name] for name in CONTENT_NAMES}
    for name in _ARRAYS_OF_CONTENT:
        members[name] = tuple(members[name])
    return members


def content_in(row: Columns) -> Content:
    """Returns what is held, of the same row."""
    members = shown_content(row)
    text = members["payload"]
    members["payload"] = decode(text.encode())
    return Content(**members).with_text(text)


def record_of(row: Columns) -> Record:
    """Returns the aggregate of a row that has the columns of a record, the payload as text."""
    return Record(
        id=row["id"],
        collection=row["collection"],
        version=row["version"],
        content=content_in(row),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        deleted_at=row["deleted_at"],
    )
