"""Reads links in memory."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from datastore_service.application.read.pagination import Page, PageRequest
from datastore_service.application.read.ports.links import LinkCriteria
from datastore_service.application.views import LinkedRecord, LinkView, RecordView
from datastore_service.domain.links.link import Link
from datastore_service.domain.records.record import Record
from tests.fakes.store import InMemoryStore


@dataclass(frozen=True, slots=True)
class InMemoryLinkReader:
    """Reads what has been committed."""

    store: InMemoryStore

    async def pages(
        self, record_ids: Collection[UUID], criteria: LinkCriteria, request: PageRequest
    ) -> Mapping[UUID, Page[LinkedRecord]]:
        return {record_id: self._page(record_id, criteria, request) for record_id in record_ids}

    async def counts(self, record_ids: Collection[UUID], criteria: LinkCriteria) -> Mapping[UUID, int]:
        return {record_id: len(self._links(record_id, criteria)) for record_id in record_ids}

    def _page(self, record_id: UUID, criteria: LinkCriteria, request: PageRequest) -> Page[LinkedRecord]:
        links = sorted(self._links(record_id, criteria), key=lambda link: link.id, reverse=request.backwards)
        found = [
            link
            for link in links
            if (request.after is None or link.id > request.after.record_id)
            and (request.before is None or link.id < request.before.record_id)
        ]
        behind = None
        if request.look_behind and request.start is not None:
            start = request.start.record_id
            behind = any(link.id >= start if request.backwards else link.id <= start for link in links)
        shown = [self._shown(link, criteria) for link in found[: request.limit + 1]]
        return Page[LinkedRecord].of(shown, request, behind=behind)

    def _links(self, record_id: UUID, criteria: LinkCriteria) -> list[Link]:
        return [
            link
            for link in self.store.links.values()
            if record_id == (link.source if criteria.direction == "out" else link.target)
            and criteria.relation in {None, link.relation}
            and (criteria.within is None or self._other(link, criteria).collection in criteria.within)
        ]

    def _other(self, link: Link, criteria: LinkCriteria) -> Record:
        return self.store.records[link.target if criteria.direction == "out" else link.source]

    def _shown(self, link: Link, criteria: LinkCriteria) -> LinkedRecord:
        return LinkedRecord(link=LinkView.of(link), record=RecordView.of(self._other(link, criteria)))
