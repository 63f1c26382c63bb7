"""A collection's retention in its two columns."""

from datastore_service.domain.collections.retention import Retention


def retention_of(revisions: int | None, days: int | None) -> Retention | None:
    """Returns the stored retention."""
    return None if revisions is None and days is None else Retention(revisions=revisions, days=days)
