"""Records and collections as JSON text."""

from collections.abc import Iterable
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, FromClause, Integer, case, cast, func

from datastore_service.application.read.selections import Member, Selected
from datastore_service.infrastructure.database.engine.constants import constant, number
from datastore_service.infrastructure.database.read import texts
from datastore_service.infrastructure.database.read.readers.sizes import is_small
from datastore_service.infrastructure.database.read.record_texts import member_of
from datastore_service.infrastructure.database.read.texts import Piece
from datastore_service.infrastructure.database.schema.paths import path_value
from datastore_service.infrastructure.database.schema.record_columns import CONTENT, RECORD

_LARGE: Final = 1024 * 1024
"""The maximum size of a payload that is read together with others, in bytes; resolvers read larger ones."""


class NestedField(Protocol):
    """Reads a member that has a query of its own."""

    def __call__(self, member: Selected, row: FromClause, /) -> ColumnElement[str]:
        """Returns the expression for the text of such a member of the object in this row."""
        ...


def record(row: FromClause, members: Iterable[Member], below: NestedField) -> list[Piece]:
    """Returns the text of a record in a row with the columns of `record_view`."""
    return texts.object_of(
        members,
        {
            **{column.name: member_of(column, row) for column in RECORD},
            "payload": lambda member: _payload(row.c, member),
            **dict.fromkeys(("links", "backlinks", "revisions"), lambda member: [below(member, row)]),
        },
    )


def _payload(columns: Any, member: Selected) -> list[Piece]:  # noqa: ANN401 - SQLAlchemy's columns of any FROM
    payload, record_id = columns.payload, columns.id
    if not member.path:
        return [_unless_large(payload, record_id, texts.text(payload))]
    part = path_value(payload, member.path)
    return [_unless_large(payload, record_id, texts.unless_null(texts.text(part)), part)]


def _unless_large(
    payload: ColumnElement[Any],
    its_id: ColumnElement[Any],
    text: ColumnElement[str],
    part: ColumnElement[Any] | None = None,
) -> ColumnElement[str]:
    """Returns the text; the statement fails if the text is too long for a response with many.

    Args:
        payload: The payload.
        its_id: An id, which is not a number, so that casting it fails.
        text: The text.
        part: The part of the payload with this text, if it is not the whole.
    """
    small = [(is_small(payload, _LARGE), text)]
    if part is not None:
        small.append((func.pg_column_size(part, type_=Integer) <= number(_LARGE), text))
    return case(*small, else_=texts.text(cast(texts.text(its_id), Integer)))


def revision(row: FromClause, members: Iterable[Member]) -> list[Piece]:
    """Returns the text of a revision in a row of `revision_view`."""
    columns = row.c
    return texts.object_of(
        members,
        {
            **{column.name: member_of(column, row) for column in CONTENT},
            "record_id": lambda _: texts.quoted(columns.record_id),
            "collection": lambda _: texts.escaped(columns.collection),
            "version": lambda _: texts.integer(columns.version),
            "operation": lambda _: texts.escaped(columns.operation),
            "payload": lambda _: [_unless_large(columns.payload, columns.record_id, texts.text(columns.payload))],
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
