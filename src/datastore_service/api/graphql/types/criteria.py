"""The criteria that the arguments of lists express."""

from collections.abc import Sequence
from datetime import datetime

from datastore_service.api.graphql.types.filters import RecordFilter, RecordOrder, condition_of, order_of
from datastore_service.application.read.criteria.record_criteria import RecordCriteria


def criteria_of(
    *,
    collection: str | None = None,
    filter: RecordFilter | None = None,
    search: str | None = None,
    order_by: Sequence[RecordOrder] | None = None,
    tags: Sequence[str] | None = None,
    include_deleted: bool = False,
    as_of: datetime | None = None,
) -> RecordCriteria:
    """Returns the criteria.

    Raises:
        InvalidValue: A filter or an order is invalid.
    """
    return RecordCriteria(
        collection=collection,
        where=condition_of(filter) if filter else None,
        search=search,
        tags=tuple(tags or ()),
        order=order_of(order_by or ()),
        include_deleted=include_deleted,
        as_of=as_of,
    )
