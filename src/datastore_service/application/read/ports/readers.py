"""The ports through which query handlers read records and collections."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from datastore_service.application.fields import Field
from datastore_service.application.read.criteria.aggregates import AggregateCriteria, Aggregates
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import Page, PageRequest, TextPage
from datastore_service.application.views import (
    COSTLY_MEMBERS,
    CollectionView,
    CostlyMember,
    ProjectedRecord,
    RecordView,
)


class RecordReader(Protocol):
    """Reads records; tombstones are found only where a method says so."""

    async def get(self, record_id: UUID) -> RecordView:
        """Returns the record.

        Raises:
            RecordDeleted: Only its tombstone is left.
            RecordNotFound: There never was one.
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def page(
        self, criteria: RecordCriteria, request: PageRequest, members: frozenset[CostlyMember] = COSTLY_MEMBERS
    ) -> Page[RecordView]:
        """Returns a page of the records that match, in the order of the criteria and then by id.

        `read/criteria/evaluation.py` specifies what filters mean. If the page starts from a cursor and `look_behind` is
        false, the page says that there are items on the other side of the cursor. A costly member that is not among
        the members is not read: the payload is null, the tags are empty.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def text(self, criteria: RecordCriteria, request: PageRequest) -> TextPage:
        """Returns a page of the same list, each record with the members of `read.selections.RECORD`.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def pick(
        self, criteria: RecordCriteria, request: PageRequest, fields: Sequence[Field]
    ) -> Page[ProjectedRecord]:
        """Returns a page of the same list, with only these fields of each record.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def many(self, record_ids: Collection[UUID]) -> Mapping[UUID, RecordView]:
        """Returns the records with these ids that exist, by their ids.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def collections(self, record_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Returns the collection of each of these records and tombstones that exists.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def count(self, criteria: RecordCriteria) -> int:
        """Returns how many records match.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def aggregate(self, criteria: AggregateCriteria) -> Aggregates:
        """Returns the measures of each group of records.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...


class CollectionReader(Protocol):
    """Reads collections."""

    async def get(self, name: str) -> CollectionView:
        """Returns the collection.

        Raises:
            CollectionNotFound: There is none of the name.
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def page(self, request: PageRequest) -> Page[CollectionView]:
        """Returns a page of the collections, in the order in which they were made.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...
