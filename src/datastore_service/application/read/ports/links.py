"""Links between records, as the queries see them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from datastore_service.application.read.collection_scope import CollectionScope
from datastore_service.application.read.pagination import Page, PageRequest
from datastore_service.application.views import LinkedRecord

type Direction = Literal["out", "in"]
"""Links from a record, or links to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCriteria:
    """Which links of a record are meant.

    Attributes:
        direction: Those from it, or those to it.
        relation: Only those of this relation; None is any.
        within: Only those whose other ends are in these collections; None is any.
    """

    direction: Direction
    relation: str | None = None
    within: CollectionScope = None


class LinkReader(Protocol):
    """Reads links. Each method sends one statement, for any number of records."""

    async def pages(
        self, record_ids: Collection[UUID], criteria: LinkCriteria, request: PageRequest
    ) -> Mapping[UUID, Page[LinkedRecord]]:
        """Returns a page for each of the records, in the order in which the links were made.

        A record that is not there has an empty one.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def counts(self, record_ids: Collection[UUID], criteria: LinkCriteria) -> Mapping[UUID, int]:
        """Returns for each of the records how many links it has.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...
