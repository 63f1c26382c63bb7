"""Count the links of many records at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from datastore_service.application.messages import Query
from datastore_service.application.read.ports.links import LinkCriteria, LinkReader
from datastore_service.domain.links.link import relation_name


@dataclass(frozen=True, slots=True, kw_only=True)
class CountLinks(Query[Mapping[UUID, int]]):
    """Count the links of each of these records."""

    ids: Sequence[UUID]
    criteria: LinkCriteria


@dataclass(frozen=True, slots=True)
class CountLinksHandler:
    """Counts in the view."""

    links: LinkReader

    async def handle(self, query: CountLinks) -> Mapping[UUID, int]:
        if query.criteria.relation is not None:
            relation_name(query.criteria.relation)
        return await self.links.counts(set(query.ids), query.criteria)
