"""Read parts of one record."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from datastore_service.application.fields import Attribute, Field
from datastore_service.application.messages import Query
from datastore_service.application.read.criteria.conditions import Comparison, Operator
from datastore_service.application.read.criteria.picking import pick, pickable
from datastore_service.application.read.criteria.question import RecordQuestion
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.ports.history import HistoryReader
from datastore_service.application.read.ports.readers import RecordReader
from datastore_service.application.read.sight import Sight, in_sight
from datastore_service.application.views import PickedRecord, RecordView
from datastore_service.domain.errors import InvalidValue, RecordDeleted, RecordNotFound


@dataclass(frozen=True, slots=True)
class PickedState:
    """Some fields of a record, and the version that has them."""

    version: int
    record: PickedRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class PickRecord(Query[PickedState]):
    """Read some fields of a record, as it is or as it was; of one as it is, nothing else is read."""

    id: UUID
    fields: tuple[Field, ...]
    version: int | None = None
    as_of: datetime | None = None
    within: Sight = None


@dataclass(frozen=True, slots=True)
class PickRecordHandler:
    """Reads from the view, or from the log where the past is meant."""

    records: RecordReader
    history: HistoryReader

    async def handle(self, query: PickRecord) -> PickedState:
        fields = pickable(query.fields)
        if query.version is not None and query.as_of is not None:
            raise InvalidValue("/version", "A record is read at a version or as of a time, not both.")
        is_past = query.version is not None or query.as_of is not None
        if is_past and query.within is not None and not await in_sight({query.id}, query.within, self.records):
            raise RecordNotFound(query.id)
        if query.version is not None:
            return _state(await self.history.at_version(query.id, query.version), fields)
        if query.as_of is not None:
            return _state(await self.history.as_of(query.id, query.as_of), fields)
        itself = Comparison(Attribute.ID, Operator.EQ, query.id)
        it = RecordQuestion(where=itself, within=query.within, include_deleted=True)
        wanted = tuple(dict.fromkeys([*fields, Attribute.VERSION, Attribute.DELETED_AT]))
        found = await self.records.pick(it, PageRequest(limit=1), wanted)
        if not found.items:
            raise RecordNotFound(query.id)
        (record,) = found.items
        if Attribute.DELETED_AT in record.values:
            raise RecordDeleted(query.id)
        picked = {field: value for field, value in record.values.items() if field in fields}
        return PickedState(int(record.values[Attribute.VERSION]), PickedRecord(picked, record.lengths))


def _state(record: RecordView, fields: tuple[Field, ...]) -> PickedState:
    return PickedState(record.version, pick(record, fields))
