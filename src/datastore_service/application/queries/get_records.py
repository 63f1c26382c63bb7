"""Read some records by their ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from datastore_service.application.messages import Query
from datastore_service.application.ports.readers import RecordReader
from datastore_service.application.sight import Sight, in_sight
from datastore_service.application.views import RecordView


@dataclass(frozen=True, slots=True, kw_only=True)
class GetRecords(Query[Sequence[RecordView | None]]):
    """Read the records with these ids, in their order, with nothing where there is none."""

    ids: Sequence[UUID]
    within: Sight = None


@dataclass(frozen=True, slots=True)
class GetRecordsHandler:
    """Reads all of them from the view at once."""

    records: RecordReader

    async def handle(self, query: GetRecords) -> Sequence[RecordView | None]:
        found = await self.records.many(await in_sight(set(query.ids), query.within, self.records))
        return [found.get(record_id) for record_id in query.ids]
