"""The past of records, as the queries see it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from datastore_service.application.position import Position
from datastore_service.application.read.history import RevisionCursor, RevisionView
from datastore_service.application.read.pagination import Page
from datastore_service.application.views import RecordView

type KeptPlace = tuple[Position, str | None]
"""The place of a consumer or a webhook, and the collection whose changes it gets; None is all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purgeable:
    """What can be purged.

    Attributes:
        tombstones: How many deleted records.
        revisions: Of each collection that gives revisions up, how many.
        held_tombstones: How many more could be purged if consumers and webhooks had received all their changes.
        held_revisions: The same of revisions, of all collections together.
    """

    tombstones: int
    revisions: Mapping[str, int]
    held_tombstones: int = 0
    held_revisions: int = 0


class HistoryReader(Protocol):
    """Reads what records were."""

    async def revisions(
        self, record_ids: Collection[UUID], limit: int, after: RevisionCursor | None
    ) -> Mapping[UUID, Page[RevisionView]]:
        """Returns a page of the history of each of the records and tombstones that there are, the newest first.

        Each revision has the one before it, except for the oldest that is kept.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def at_version(self, record_id: UUID, version: int) -> RecordView:
        """Returns the record as it was at a version.

        Raises:
            RecordNotFound: There never was one.
            RevisionNotFound: It has never been at this version.
            RecordDeleted: The version is a tombstone.
            HistoryExpired: The version is not kept any more.
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def horizon(self, collection: str | None) -> datetime | None:
        """Returns the time from which on the history of one collection, or of all, is complete; None if all of it is.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def purgeable(self, deleted_before: datetime | None, now: datetime, kept: Sequence[KeptPlace]) -> Purgeable:
        """Counts the tombstones that are older, and what collections give up of their histories at this time.

        What comes after one of the kept places is counted apart.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def as_of(self, record_id: UUID, at: datetime) -> RecordView:
        """Returns the record as it was at a time.

        Raises:
            RecordNotFound: There was none yet.
            RecordDeleted: There was its tombstone.
            HistoryExpired: What it was then is not kept any more.
            StoreUnavailable: The store cannot be reached.
        """
        ...
