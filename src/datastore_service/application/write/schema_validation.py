"""Checks a record against the JSON Schema of its collection."""

from dataclasses import dataclass
from functools import partial

from datastore_service.application.large_requests import computed_if, is_large_request
from datastore_service.application.ports.json_schemas import JsonSchemas
from datastore_service.application.write.ports.unit_of_work import UnitOfWork
from datastore_service.domain.collections.collection import PayloadRules
from datastore_service.domain.errors import SchemaViolated
from datastore_service.domain.records.record import Record


@dataclass(frozen=True, slots=True)
class SchemaValidator:
    """Checks payloads against the schemas of their collections."""

    schemas: JsonSchemas

    async def check(self, record: Record, work: UnitOfWork) -> None:
        """Checks the record's payload against the schema of its collection, if the collection has one.

        Raises:
            SchemaViolated: The payload does not fit.
        """
        await self.check_against(await work.collections.rules_of(record.collection), record)

    async def check_against(self, rules: PayloadRules, record: Record) -> None:
        """Checks the record's payload against these rules of its collection.

        Raises:
            SchemaViolated: The payload does not fit.
        """
        if rules.schema is None:
            return
        schema, formats = rules.schema, rules.is_typed
        takes_long = is_large_request() or not self.schemas.is_prepared(schema, formats=formats)
        judge = partial(self.schemas.violations, schema, record.payload, formats=formats)
        if violations := await computed_if(takes_long, judge):
            raise SchemaViolated(record.collection, [(f"/payload{pointer}", reason) for pointer, reason in violations])
