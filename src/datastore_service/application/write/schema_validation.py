"""Whether a record is what its collection takes."""

from dataclasses import dataclass

from datastore_service.application.write.ports.json_schemas import JsonSchemas
from datastore_service.application.write.ports.unit_of_work import UnitOfWork
from datastore_service.domain.errors import SchemaViolated
from datastore_service.domain.json_value import Json
from datastore_service.domain.records.record import Record


@dataclass(frozen=True, slots=True)
class SchemaValidator:
    """Holds payloads against the schemas of their collections."""

    schemas: JsonSchemas

    async def check(self, record: Record, work: UnitOfWork) -> None:
        """Returns if the record's payload fits, or its collection takes any.

        Raises:
            SchemaViolated: It does not fit.
        """
        self.check_against(await work.collections.schema_of(record.collection), record)

    def check_against(self, schema: Json, record: Record) -> None:
        """Returns if the record's payload fits the schema of its collection; None takes any.

        Raises:
            SchemaViolated: It does not fit.
        """
        if schema is None:
            return
        if violations := self.schemas.violations(schema, record.payload):
            raise SchemaViolated(record.collection, [(f"/payload{pointer}", reason) for pointer, reason in violations])
