"""Read some records by their ids."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from datastore_service.application.errors import AnswerTooLarge
from datastore_service.application.limits import Limits
from datastore_service.application.messages import Query
from datastore_service.application.read.collection_scope import CollectionScope, visible
from datastore_service.application.read.ports.readers import RecordReader
from datastore_service.application.views import RecordView


@dataclass(frozen=True, slots=True, kw_only=True)
class GetRecords(Query[Sequence[RecordView | None]]):
    """Read the records with these ids, in their order, with nothing where there is none.

    Raises:
        AnswerTooLarge: Their payloads are larger together than a page may be; one record always comes.
    """

    ids: Sequence[UUID]
    within: CollectionScope = None
    collection: str | None = None
    """A record in another collection is left out; None is any."""


@dataclass(frozen=True, slots=True)
class GetRecordsHandler:
    """Reads all of them from the view at once."""

    records: RecordReader
    limits: Limits

    async def handle(self, query: GetRecords) -> Sequence[RecordView | None]:
        found = await self.records.many(await visible(set(query.ids), query.within, self.records))
        if query.collection is not None:
            found = {key: record for key, record in found.items() if record.collection == query.collection}
        answer = [found.get(record_id) for record_id in query.ids]
        # An id may be given many times.
        if len(found) < len(answer) and _size(answer) > max(self.limits.page_bytes, _size(found.values())):
            raise AnswerTooLarge(self.limits.page_bytes)
        return answer


def _size(records: Iterable[RecordView | None]) -> int:
    return sum(len(record.payload) for record in records if record is not None)
