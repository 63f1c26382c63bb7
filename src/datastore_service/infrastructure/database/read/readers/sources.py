"""The sources of records: their present or a former state."""

from datetime import datetime

from sqlalchemy import ColumnElement, DateTime, FromClause, case, select, true

from datastore_service.infrastructure.database.engine.constants import constant, number
from datastore_service.infrastructure.database.read.readers.bound_queries import Placeholder
from datastore_service.infrastructure.database.read.readers.forms import CriteriaForm
from datastore_service.infrastructure.database.schema.record_columns import content_of
from datastore_service.infrastructure.database.schema.views import record_view, revision_view


def source_of(form: CriteriaForm, bind: Placeholder) -> FromClause:
    """Returns the source for criteria of this form.

    It has the columns of `record_view`: each record and each tombstone at one time. Purged states are missing: a query
    about a time before the horizon of retention finds less than there was.
    """
    if not form.as_of:
        return record_view
    return _then(bind(lambda asked: asked.criteria.as_of, DateTime(timezone=True)))


def _then(as_of: ColumnElement[datetime]) -> FromClause:
    # From each record straight to its one revision, by key: a page costs as many look-ups as it has rows.
    revision = (
        select(
            revision_view.c.version,
            revision_view.c.operation,
            *content_of(revision_view),
            revision_view.c.at,
        )
        .where(revision_view.c.record_id == record_view.c.id, revision_view.c.at <= as_of)
        .order_by(revision_view.c.version.desc())
        .limit(number(1))
        .lateral("revision")
    )
    return (
        select(
            record_view.c.id,
            record_view.c.collection,
            record_view.c.collection_id,
            revision.c.version,
            *content_of(revision),
            record_view.c.created_at,
            revision.c.at.label("updated_at"),
            case((revision.c.operation == constant("delete"), revision.c.at)).label("deleted_at"),
        )
        .join_from(record_view, revision, true())
        .subquery("records_then")
    )
