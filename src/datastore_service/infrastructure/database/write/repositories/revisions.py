"""The log of all changes."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Text, Uuid, bindparam, cast, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.json_codec import encode
from datastore_service.application.request_context import current_context
from datastore_service.domain.records.events import RecordChanged
from datastore_service.infrastructure.database.schema.models import RecordRow, RevisionRow
from datastore_service.infrastructure.database.schema.record_columns import CONTENT, CONTENT_NAMES, RecordColumn

_records = RecordRow.__table__
_revisions = RevisionRow.__table__


class SqlRevisionLog:
    """The log in one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def append(self, changes: Sequence[RecordChanged]) -> None:
        """Appends changes of records that are already written, by the sender of the message.

        Each takes its number while its record's row is locked, so a record's versions are numbered in order.
        """
        context = current_context()
        rows = [
            {
                "record": change.record_id,
                "new_version": change.version,
                "operation": change.operation,
                **{name: getattr(change.content, name) for name in CONTENT_NAMES},
                "payload": encode(change.payload).decode(),
                "actor": context.actor.id,
                "correlation_id": context.correlation_id,
                "at": change.at,
            }
            for change in changes
        ]
        if rows:
            await self._connection.execute(_APPEND, rows)


def _given(column: RecordColumn) -> ColumnElement[Any]:
    # JSON as text, so that PostgreSQL reads every digit.
    is_json = isinstance(column.type, JSONB)
    given = bindparam(column.name, type_=Text() if is_json else column.type)
    return cast(given, JSONB) if is_json else given


_APPEND = insert(_revisions).values(
    record_id=bindparam("record", type_=Uuid),
    collection_id=select(_records.c.collection_id)
    .where(_records.c.id == bindparam("record", type_=Uuid))
    .scalar_subquery(),
    version=bindparam("new_version"),
    operation=bindparam("operation"),
    **{column.name: _given(column) for column in CONTENT},
    actor=bindparam("actor"),
    correlation_id=bindparam("correlation_id"),
    at=bindparam("at", type_=DateTime(timezone=True)),
)
