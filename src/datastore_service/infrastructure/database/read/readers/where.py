"""The rows that criteria select."""

from typing import Any

from sqlalchemy import ARRAY, FromClause, Select, Text, any_, select

from datastore_service.infrastructure.database.read.readers.bound_queries import Placeholder
from datastore_service.infrastructure.database.read.readers.conditions import sql_of
from datastore_service.infrastructure.database.read.readers.forms import CriteriaForm
from datastore_service.infrastructure.database.read.readers.words import Search, websearch
from datastore_service.infrastructure.database.schema.views import collection_view


def search_of(form: CriteriaForm, bind: Placeholder, language: str) -> Search | None:
    """Returns the full-text search, if there is one."""
    return Search(bind(lambda asked: websearch(asked.criteria.search), Text), language) if form.search else None


def apply_criteria[S: Select[*tuple[Any, ...]]](
    query: S, form: CriteriaForm, source: FromClause, bind: Placeholder, search: Search | None = None
) -> S:
    """Leaves out the rows that the criteria do not select."""
    if not form.include_deleted:
        query = query.where(source.c.deleted_at.is_(None))
    if form.collection:
        name = bind(lambda asked: asked.criteria.collection, Text)
        its_id = select(collection_view.c.id).where(collection_view.c.name == name).scalar_subquery()
        query = query.where(source.c.collection_id == its_id)
    if form.within:
        names = bind(lambda asked: list(asked.criteria.within or ()), ARRAY(Text))
        query = query.where(
            source.c.collection_id.in_(select(collection_view.c.id).where(collection_view.c.name == any_(names)))
        )
    if search:
        query = query.where(search.finds(source.c.payload))
    return query if form.where is None else query.where(sql_of(form.where, source, bind))
