"""Records and collections as JSON text."""

from collections.abc import Iterable

from sqlalchemy import FromClause

from datastore_service.application.selections import Member
from datastore_service.infrastructure.database.graphs import texts
from datastore_service.infrastructure.database.graphs.texts import Piece


def record(row: FromClause, members: Iterable[Member]) -> list[Piece]:
    """Returns the text of a record in a row of `record_view`."""
    columns = row.c
    return texts.object_of(
        members,
        {
            "id": lambda _: texts.quoted(columns.id),
            "collection": lambda _: texts.escaped(columns.collection),
            "version": lambda _: texts.integer(columns.version),
            "payload": lambda _: texts.plain(columns.payload),
            "tags": lambda _: texts.escaped(columns.tags),
            "created_at": lambda _: texts.moment(columns.created_at),
            "updated_at": lambda _: texts.moment(columns.updated_at),
        },
    )


def collection(row: FromClause, members: Iterable[Member]) -> list[Piece]:
    """Returns the text of a collection in a row of `collection_view`."""
    columns = row.c
    return texts.object_of(
        members,
        {
            "name": lambda member: texts.escaped(texts.constant(member.prefix) + columns.name),
            "schema": lambda _: [texts.unless_null(texts.text(columns.schema))],
            "version": lambda _: texts.integer(columns.version),
            "created_at": lambda _: texts.moment(columns.created_at),
            "updated_at": lambda _: texts.moment(columns.updated_at),
        },
    )
