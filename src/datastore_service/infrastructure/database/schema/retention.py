"""The retention of a collection, as its two columns hold it."""

from datastore_service.domain.collections.retention import Retention


def retention_of(revisions: int | None, days: int | None) -> Retention | None:
    """Returns the retention that is stored so."""
    return None if revisions is None and days is None else Retention(revisions=revisions, days=days)
