"""Read a page of records."""

from dataclasses import dataclass

from datastore_service.application.messages import Query
from datastore_service.application.pagination import Page, PageRequest
from datastore_service.application.ports.readers import RecordReader
from datastore_service.application.views import RecordView
from datastore_service.domain.records.values import collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRecords(Query[Page[RecordView]]):
    """Read the records of one collection, or of all, page by page in the order of their ids."""

    page: PageRequest
    collection: str | None = None


@dataclass(frozen=True, slots=True)
class ListRecordsHandler:
    """Reads from the view."""

    records: RecordReader

    async def handle(self, query: ListRecords) -> Page[RecordView]:
        collection = None if query.collection is None else collection_name(query.collection)
        return await self.records.page(collection, query.page)
