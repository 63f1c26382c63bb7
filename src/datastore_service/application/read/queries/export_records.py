"""Read all records, as a stream."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from datastore_service.application.messages import Query
from datastore_service.application.read.ports.exports import ExportForm, RecordExporter
from datastore_service.domain.records.values import collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRecords(Query[AsyncGenerator[bytes]]):
    """Read all records of one collection, or of all, in the order of their ids, as of one moment."""

    collection: str | None = None
    form: ExportForm = "ndjson"


@dataclass(frozen=True, slots=True)
class ExportRecordsHandler:
    """Begins the stream: what goes wrong at first is an error, and what goes wrong later ends the stream."""

    exporter: RecordExporter

    async def handle(self, query: ExportRecords) -> AsyncGenerator[bytes]:
        collection = None if query.collection is None else collection_name(query.collection)
        return await self.exporter.begin(collection, query.form)
