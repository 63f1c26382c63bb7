"""Former states of records, as JSON text."""

from dataclasses import dataclass
from typing import Final, Self

from sqlalchemy import BigInteger, ColumnElement, DateTime, Integer, Text, Uuid, case, cast, null, or_, select, true

from datastore_service.application.limits import Limits
from datastore_service.application.messages import NotReadableAtOnce
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.selections import Selected
from datastore_service.infrastructure.database.engine.constants import constant, number
from datastore_service.infrastructure.database.read import texts
from datastore_service.infrastructure.database.read.selections import objects
from datastore_service.infrastructure.database.read.selections.objects import NestedField
from datastore_service.infrastructure.database.read.selections.placeholders import Placeholders, Values
from datastore_service.infrastructure.database.schema.record_columns import content_of
from datastore_service.infrastructure.database.schema.views import record_view, revision_view

_TIME: Final = DateTime(timezone=True)


@dataclass(frozen=True, slots=True)
class PastRecord:
    """A record by its id, at a version or as of a time."""

    at_version: bool

    @classmethod
    def of(cls, query: GetRecord, _: Limits) -> tuple[Self, Values]:
        if query.version is not None and query.as_of is not None:
            raise NotReadableAtOnce("A record is read at a version or as of a time, not both.")
        return cls(query.version is not None), {"id": query.id, "version": query.version, "as_of": query.as_of}

    def text(self, shape: Selected, bind: Placeholders, below: NestedField) -> ColumnElement[str]:
        """Returns the text; the statement fails if the state was in a revision that is no longer kept."""
        if self.at_version:
            version = bind("version", BigInteger())
            is_it = revision_view.c.version == version
            has_never_been = or_(version < number(1), version > record_view.c.version)
        else:
            as_of = bind("as_of", _TIME)
            is_it = revision_view.c.at <= as_of
            has_never_been = as_of < record_view.c.created_at
        revision = (
            select(revision_view)
            .where(revision_view.c.record_id == record_view.c.id, is_it)
            .order_by(revision_view.c.version.desc())
            .limit(number(1))
            .lateral()
        )
        then = (
            select(
                record_view.c.id,
                record_view.c.collection,
                record_view.c.created_at,
                revision.c.version,
                *content_of(revision),
                revision.c.at.label("updated_at"),
                cast(null(), _TIME).label("deleted_at"),
                revision.c.operation,
                has_never_been.label("has_never_been"),
            )
            .select_from(record_view.outerjoin(revision, true()))
            .where(record_view.c.id == bind("id", Uuid()))
            .subquery()
        )
        text = texts.joined(objects.record(then, shape.members, below))
        # An id is not a number, so the cast fails.
        failure = cast(cast(cast(then.c.id, Text), Integer), Text)
        is_nothing = or_(then.c.operation == constant("delete"), then.c.has_never_been)
        found = case((then.c.operation != constant("delete"), text), (is_nothing, null()), else_=failure)
        return select(found).select_from(then).scalar_subquery()
