"""Where links are kept, as the write side sees them."""

from typing import Protocol
from uuid import UUID

from datastore_service.domain.links.link import Link


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

    async def detach(self, record_id: UUID) -> None:
        """Takes away every link from the record and to it."""
        ...
