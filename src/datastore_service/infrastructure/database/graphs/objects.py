"""Records and collections as JSON text."""

from collections.abc import Iterable
from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause, func

from datastore_service.application.selections import Member, Selected
from datastore_service.infrastructure.database.constants import constant
from datastore_service.infrastructure.database.graphs import texts
from datastore_service.infrastructure.database.graphs.texts import Piece
from datastore_service.infrastructure.database.readers.paths import path_value


class Below(Protocol):
    """Reads what has a query of its own."""

    def __call__(self, member: Selected, row: FromClause, /) -> ColumnElement[str]:
        """Returns an expression for the text of such a member of the object in this row."""
        ...


def record(row: FromClause, members: Iterable[Member], below: Below) -> list[Piece]:
    """Returns the text of a record in a row of `record_view`, or of what has its columns."""
    columns = row.c
    return texts.object_of(
        members,
        {
            "id": lambda _: texts.quoted(columns.id),
            "collection": lambda _: texts.escaped(columns.collection),
            "version": lambda _: texts.integer(columns.version),
            "payload": lambda member: _payload(columns.payload, member),
            "tags": lambda _: texts.escaped(columns.tags),
            "created_at": lambda _: texts.moment(columns.created_at),
            "updated_at": lambda _: texts.moment(columns.updated_at),
            "deleted_at": lambda _: [texts.unless_null(texts.joined(texts.moment(columns.deleted_at)))],
            **dict.fromkeys(("links", "backlinks", "revisions"), lambda member: [below(member, row)]),
        },
    )


def _payload(payload: ColumnElement[Any], member: Selected) -> list[Piece]:
    if not member.path:
        return texts.plain(payload)
    return [texts.unless_null(texts.text(path_value(payload, member.path)))]


def revision(row: FromClause, members: Iterable[Member]) -> list[Piece]:
    """Returns the text of a revision in a row of `revision_view`."""
    columns = row.c
    return texts.object_of(
        members,
        {
            "record_id": lambda _: texts.quoted(columns.record_id),
            "collection": lambda _: texts.escaped(columns.collection),
            "version": lambda _: texts.integer(columns.version),
            "operation": lambda _: texts.escaped(columns.operation),
            "payload": lambda _: texts.plain(columns.payload),
            "tags": lambda _: texts.escaped(columns.tags),
            "actor": lambda _: texts.escaped(columns.actor),
            "correlation_id": lambda _: [texts.unless_null(texts.text(func.to_json(columns.correlation_id)))],
            "at": lambda _: texts.moment(columns.at),
        },
    )


def collection(row: FromClause, members: Iterable[Member]) -> list[Piece]:
    """Returns the text of a collection in a row of `collection_view`."""
    columns = row.c
    return texts.object_of(
        members,
        {
            "name": lambda member: texts.escaped(constant(member.prefix) + columns.name),
            "schema": lambda _: [texts.unless_null(texts.text(columns.schema))],
            "version": lambda _: texts.integer(columns.version),
            "created_at": lambda _: texts.moment(columns.created_at),
            "updated_at": lambda _: texts.moment(columns.updated_at),
        },
    )
