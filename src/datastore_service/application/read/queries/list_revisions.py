"""Read the histories of records."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from datastore_service.application.messages import Query
from datastore_service.application.read.collection_scope import CollectionScope, narrowed, visible
from datastore_service.application.read.history import RevisionCursor, RevisionView
from datastore_service.application.read.pagination import Page
from datastore_service.application.read.ports.history import HistoryReader
from datastore_service.application.read.ports.readers import RecordReader


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRevisions(Query[Sequence[Page[RevisionView] | None]]):
    """Read what records were, the newest first: of each a page, and nothing of one that never was."""

    ids: Sequence[UUID]
    limit: int
    after: RevisionCursor | None = None
    within: CollectionScope = None
    collection: str | None = None
    """A record in another collection never was; None is any."""


@dataclass(frozen=True, slots=True)
class ListRevisionsHandler:
    """Reads all the pages at once."""

    history: HistoryReader
    records: RecordReader

    async def handle(self, query: ListRevisions) -> Sequence[Page[RevisionView] | None]:
        seen = await visible(set(query.ids), narrowed(query.within, query.collection), self.records)
        found = await self.history.revisions(seen, query.limit, query.after)
        return [found.get(record_id) for record_id in query.ids]
