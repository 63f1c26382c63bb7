"""Read parts of one record."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from datastore_service.application.fields import Attribute, Field
from datastore_service.application.messages import Query
from datastore_service.application.read.collection_scope import CollectionScope, narrowed, visible
from datastore_service.application.read.criteria.conditions import Comparison, Operator
from datastore_service.application.read.criteria.projection import pick, pickable
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.ports.history import HistoryReader
from datastore_service.application.read.ports.readers import RecordReader
from datastore_service.application.views import ProjectedRecord, RecordView
from datastore_service.domain.errors import InvalidValue, RecordDeleted, RecordNotFound


@dataclass(frozen=True, slots=True)
class ProjectedState:
    """Some fields of a record, and the version that has them."""

    version: int
    record: ProjectedRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRecord(Query[ProjectedState]):
    """Read some fields of a record, as it is or as it was; of one as it is, nothing else is read."""

    id: UUID
    fields: tuple[Field, ...]
    version: int | None = None
    as_of: datetime | None = None
    within: CollectionScope = None
    collection: str | None = None
    """A record in another collection is not found; None is any."""


@dataclass(frozen=True, slots=True)
class ProjectRecordHandler:
    """Reads from the view, or from the change log if the query asks for the past."""

    records: RecordReader
    history: HistoryReader

    async def handle(self, query: ProjectRecord) -> ProjectedState:
        fields = pickable(query.fields)
        if query.version is not None and query.as_of is not None:
            raise InvalidValue("/version", "A record is read at a version or as of a time, not both.")
        is_past = query.version is not None or query.as_of is not None
        within = narrowed(query.within, query.collection)
        if is_past and within is not None and not await visible({query.id}, within, self.records):
            raise RecordNotFound(query.id)
        if query.version is not None:
            return _state(await self.history.at_version(query.id, query.version), fields)
        if query.as_of is not None:
            return _state(await self.history.as_of(query.id, query.as_of), fields)
        itself = Comparison(Attribute.ID, Operator.EQ, query.id)
        it = RecordCriteria(where=itself, within=within, include_deleted=True)
        wanted = tuple(dict.fromkeys([*fields, Attribute.VERSION, Attribute.DELETED_AT]))
        found = await self.records.pick(it, PageRequest(limit=1), wanted)
        if not found.items:
            raise RecordNotFound(query.id)
        (record,) = found.items
        if Attribute.DELETED_AT in record.values:
            raise RecordDeleted(query.id)
        picked = {field: value for field, value in record.values.items() if field in fields}
        return ProjectedState(int(record.values[Attribute.VERSION]), ProjectedRecord(picked, record.lengths))


def _state(record: RecordView, fields: tuple[Field, ...]) -> ProjectedState:
    return ProjectedState(record.version, pick(record, fields))
