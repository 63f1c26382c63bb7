"""The read side, as the queries see it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from datastore_service.application.fields import Field
from datastore_service.application.read.criteria.aggregates import AggregateCriteria, Aggregates
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import Page, PageRequest
from datastore_service.application.views import (
    COSTLY_MEMBERS,
    CollectionView,
    CostlyMember,
    JsonText,
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
        """Returns a page of the records that are meant, ordered by id. What filters mean, questions/evaluation.py says.

        Without `look_behind` there is taken to be something behind any cursor that the page starts from. What is not
        among the members is not read: a payload is null then, and there are no tags.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def render(self, criteria: RecordCriteria, request: PageRequest) -> Page[JsonText]:
        """Returns a page of the same list, each record as the JSON object that api/routes/bodies/responses.py sends.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def pick(
        self, criteria: RecordCriteria, request: PageRequest, fields: Sequence[Field]
    ) -> Page[ProjectedRecord]:
        """Returns a page of the same list, and of its records nothing but these fields.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def many(self, record_ids: Collection[UUID]) -> Mapping[UUID, RecordView]:
        """Returns those of the records that there are, by their ids.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def collections(self, record_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Returns which collections the records and tombstones are in, of those that there are.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def count(self, criteria: RecordCriteria) -> int:
        """Returns how many records are meant.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def aggregate(self, criteria: AggregateCriteria) -> Aggregates:
        """Returns what is asked of the groups of records.

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
