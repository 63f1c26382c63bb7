"""Read the links of many records at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from datastore_service.application.messages import Query
from datastore_service.application.read.pagination import Page, PageRequest
from datastore_service.application.read.ports.links import LinkCriteria, LinkReader
from datastore_service.application.views import LinkedRecord
from datastore_service.domain.links.link import relation_name


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowLinks(Query[Mapping[UUID, Page[LinkedRecord]]]):
    """Read a page of the links of each of these records."""

    ids: Sequence[UUID]
    criteria: LinkCriteria
    page: PageRequest


@dataclass(frozen=True, slots=True)
class FollowLinksHandler:
    """Reads all pages from the views at once."""

    links: LinkReader

    async def handle(self, query: FollowLinks) -> Mapping[UUID, Page[LinkedRecord]]:
        if query.criteria.relation is not None:
            relation_name(query.criteria.relation)
        return await self.links.pages(set(query.ids), query.criteria, query.page)
