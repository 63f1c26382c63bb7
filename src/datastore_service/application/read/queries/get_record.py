"""Read one record."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from datastore_service.application.messages import Query
from datastore_service.application.read.collection_scope import CollectionScope, narrowed, visible
from datastore_service.application.read.ports.history import HistoryReader
from datastore_service.application.read.ports.readers import RecordReader
from datastore_service.application.views import RecordView
from datastore_service.domain.errors import DomainError, InvalidValue, RecordNotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class GetRecord(Query[RecordView]):
    """Read a record in its present or a former state."""

    id: UUID
    version: int | None = None
    as_of: datetime | None = None
    within: CollectionScope = None
    collection: str | None = None
    """A record in another collection is not found; None is any."""


@dataclass(frozen=True, slots=True)
class GetRecordHandler:
    """Reads from the view, or from the change log if the query asks for the past."""

    records: RecordReader
    history: HistoryReader

    async def handle(self, query: GetRecord) -> RecordView:
        if query.version is not None and query.as_of is not None:
            raise InvalidValue("/version", "A record is read at a version or as of a time, not both.")
        if query.within is not None and not await visible({query.id}, query.within, self.records):
            raise RecordNotFound(query.id)
        try:
            record = await self._read(query)
        except DomainError:
            # Nothing is said of a record that is elsewhere, such as that it was deleted.
            if not await visible({query.id}, narrowed(None, query.collection), self.records):
                raise RecordNotFound(query.id) from None
            raise
        if query.collection not in (None, record.collection):
            raise RecordNotFound(query.id)
        return record

    async def _read(self, query: GetRecord) -> RecordView:
        if query.version is not None:
            return await self.history.at_version(query.id, query.version)
        if query.as_of is not None:
            return await self.history.as_of(query.id, query.as_of)
        return await self.records.get(query.id)
