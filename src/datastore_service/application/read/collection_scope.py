"""Queries that do not see all collections."""

from collections.abc import Collection, Mapping
from typing import Protocol
from uuid import UUID

type CollectionScope = frozenset[str] | None
"""The collections that a query sees; None is all. Records in other collections do not exist for the query."""


class CollectionsOfRecords(Protocol):
    """What tells which collections records are in; a `RecordReader` does."""

    async def collections(self, record_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Returns the collections of those of the records and tombstones that there are.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...


def narrowed(within: CollectionScope, collection: str | None) -> CollectionScope:
    """Returns what of a scope is left if only one collection is looked into; None is any."""
    if collection is None:
        return within
    only = frozenset((collection,))
    return only if within is None else within & only


async def visible(
    record_ids: Collection[UUID], within: CollectionScope, records: CollectionsOfRecords
) -> Collection[UUID]:
    """Returns the ids of the records and tombstones in these collections. If `within` is None, returns all the ids.

    Raises:
        StoreUnavailable: The store cannot be reached.
    """
    if within is None:
        return record_ids
    # A record stays in the collection that it was created in.
    return {record_id for record_id, name in (await records.collections(record_ids)).items() if name in within}
