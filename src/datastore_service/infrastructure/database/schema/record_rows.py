"""How a record is selected from what has the columns of `record_view`, and what its row becomes, for all readers."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Text, cast

from datastore_service.application.json_codec import decode
from datastore_service.application.views import COSTLY_MEMBERS, CostlyMember, RecordView
from datastore_service.domain.records.record import Record
from datastore_service.infrastructure.database.engine.constants import constant, constants
from datastore_service.infrastructure.database.engine.pool import Row


def stored_columns(source: FromClause) -> tuple[ColumnElement[Any], ...]:
    """Returns the columns of a record with the payload as it is stored, for `with_texts` to make a text of."""
    columns = source.c
    return (
        columns.id,
        columns.collection,
        columns.version,
        columns.payload,
        columns.tags,
        columns.created_at,
        columns.updated_at,
        columns.deleted_at,
    )


def record_columns(
    source: FromClause, members: frozenset[CostlyMember] = COSTLY_MEMBERS
) -> tuple[ColumnElement[Any], ...]:
    """Returns the columns of a record, the payload as text.

    Args:
        source: What has the columns of `record_view`.
        members: Of the costly members, those that are wanted; the others are null or empty.
    """
    columns = source.c
    return (
        columns.id,
        columns.collection,
        columns.version,
        (cast(columns.payload, Text) if "payload" in members else constant("null")).label("payload"),
        (columns.tags if "tags" in members else constants([])).label("tags"),
        columns.created_at,
        columns.updated_at,
        columns.deleted_at,
    )


def view_of(row: Row) -> RecordView:
    """Returns what a client sees of a row that has the columns of a record, and perhaps others."""
    # By name, and not as attributes: for a hundred records that is half a millisecond.
    return RecordView(
        id=row["id"],
        collection=row["collection"],
        version=row["version"],
        payload=row["payload"],
        tags=tuple(row["tags"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        deleted_at=row["deleted_at"],
    )


def record_of(row: Any, tags: Iterable[str]) -> Record:  # noqa: ANN401 - a row of the driver's, or of SQLAlchemy's
    """Returns the aggregate of a row that has the columns of a record; its tags may have been read apart."""
    return Record(
        id=row.id,
        collection=row.collection,
        version=row.version,
        payload=decode(row.payload.encode()),
        tags=tuple(tags),
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
    )
