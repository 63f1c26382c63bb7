"""Where links are kept, as the write side sees them."""

from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from datastore_service.domain.links.link import Link

type LinkKey = tuple[UUID, str, UUID]
"""A link's source, relation and target, which no other has."""


class LinkRepository(Protocol):
    """The links of one unit of work.

    Whoever adds a link, or takes away all those of a record, has got the records from the unit of work's repository of
    records before: that holds off everybody else who would delete or link them.
    """

    async def get(self, source: UUID, relation: str, target: UUID) -> Link | None:
        """Returns the link, or None if there is none."""
        ...

    async def add(self, link: Link) -> None:
        """Adds a link that `get` has not found, between two records that are there."""
        ...

    async def remove(self, source: UUID, relation: str, target: UUID) -> bool:
        """Takes a link away, and tells whether there was one."""
        ...

    async def any_to(self, record_id: UUID) -> Link | None:
        """Returns a link to the record from another one, or None if there is none."""
        ...

    async def hold(self, record_ids: Collection[UUID], keys: Collection[LinkKey]) -> None:
        """Keeps other units of work from removing a link of these records, or one of these links, until this one ends.

        All who hold links do so in one order: so no two of them wait for each other.
        """
        ...

    async def detach(self, record_id: UUID) -> None:
        """Takes away every link from the record and to it."""
        ...
