"""Which rows a question means."""

from typing import Any

from sqlalchemy import FromClause, Select, select

from datastore_service.application.limits import Limits
from datastore_service.application.questions.conditions import Comparison, Operator
from datastore_service.application.questions.fields import Attribute
from datastore_service.application.questions.question import RecordQuestion
from datastore_service.infrastructure.database.readers.conditions import sql_of
from datastore_service.infrastructure.database.readers.words import Search
from datastore_service.infrastructure.database.views import collection_view


def search_of(question: RecordQuestion, limits: Limits) -> Search | None:
    """Returns what the question searches for, if it does."""
    return None if question.search is None else Search(question.search, limits.search_language)


def meant[S: Select[*tuple[Any, ...]]](
    query: S, question: RecordQuestion, source: FromClause, search: Search | None = None
) -> S:
    """Leaves out the rows that the question does not mean."""
    if not question.include_deleted:
        query = query.where(source.c.deleted_at.is_(None))
    if question.collection is not None:
        its_id = select(collection_view.c.id).where(collection_view.c.name == question.collection).scalar_subquery()
        query = query.where(source.c.collection_id == its_id)
    if question.within is not None:
        their_ids = select(collection_view.c.id).where(collection_view.c.name.in_(question.within))
        query = query.where(source.c.collection_id.in_(their_ids))
    if question.tags:
        query = query.where(sql_of(Comparison(Attribute.TAGS, Operator.CONTAINS, list(question.tags)), source))
    if search:
        query = query.where(search.finds(source.c.payload))
    return query if question.where is None else query.where(sql_of(question.where, source))
