"""Read one record."""

from dataclasses import dataclass
from uuid import UUID

from datastore_service.application.messages import Query
from datastore_service.application.ports.readers import RecordReader
from datastore_service.application.views import RecordView


@dataclass(frozen=True, slots=True, kw_only=True)
class GetRecord(Query[RecordView]):
    """Read a record."""

    id: UUID


@dataclass(frozen=True, slots=True)
class GetRecordHandler:
    """Reads from the view."""

    records: RecordReader

    async def handle(self, query: GetRecord) -> RecordView:
        return await self.records.get(query.id)
