"""Read parts of records."""

from dataclasses import dataclass
from typing import Final

from datastore_service.application.limits import Limits
from datastore_service.application.messages import Query
from datastore_service.application.pagination import Page, PageRequest
from datastore_service.application.ports.readers import RecordReader
from datastore_service.application.questions.fields import Field, PayloadPath
from datastore_service.application.questions.question import EVERYTHING, RecordQuestion
from datastore_service.application.views import PickedRecord
from datastore_service.domain.errors import InvalidValue

MAX_FIELDS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PickRecords(Query[Page[PickedRecord]]):
    """Read some fields of records, page by page; nothing else of them is read."""

    fields: tuple[Field, ...]
    page: PageRequest
    question: RecordQuestion = EVERYTHING


@dataclass(frozen=True, slots=True)
class PickRecordsHandler:
    """Reads from the view."""

    records: RecordReader
    limits: Limits

    async def handle(self, query: PickRecords) -> Page[PickedRecord]:
        if len(query.fields) > MAX_FIELDS:
            raise InvalidValue("/fields", f"At most {MAX_FIELDS} fields are picked.")
        for index, field in enumerate(query.fields):
            if isinstance(field, PayloadPath) and field.as_time:
                raise InvalidValue(f"/fields/{index}", "Fields are picked as they are, not as times.")
        fields = tuple(dict.fromkeys(query.fields))
        return await self.records.pick(query.question.checked(self.limits), query.page, fields)
