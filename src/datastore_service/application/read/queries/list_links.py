"""Read a page of the links of one record."""

from dataclasses import dataclass
from uuid import UUID

from datastore_service.application.messages import Query
from datastore_service.application.read.collection_scope import visible
from datastore_service.application.read.pagination import Page, PageRequest
from datastore_service.application.read.ports.links import LinkCriteria, LinkReader
from datastore_service.application.read.ports.readers import RecordReader
from datastore_service.application.views import LinkedRecord
from datastore_service.domain.errors import RecordNotFound
from datastore_service.domain.links.link import relation_name


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLinks(Query[Page[LinkedRecord]]):
    """Read the links of a record in one direction, each with the record at its other end."""

    id: UUID
    criteria: LinkCriteria
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListLinksHandler:
    """Reads from the views. If there is no link, reads the record, which raises if it does not exist."""

    links: LinkReader
    records: RecordReader

    async def handle(self, query: ListLinks) -> Page[LinkedRecord]:
        if query.criteria.relation is not None:
            relation_name(query.criteria.relation)
        if not await visible({query.id}, query.criteria.within, self.records):
            raise RecordNotFound(query.id)
        page = (await self.links.pages({query.id}, query.criteria, query.page))[query.id]
        if not page.items:
            await self.records.get(query.id)
        return page
