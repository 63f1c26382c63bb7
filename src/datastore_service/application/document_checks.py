"""Holds the documents of a collection against a schema, beside other requests (adr/0105)."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial

from datastore_service.application.collection_reports import MOST_SAMPLES, DocumentsReport, Misfit
from datastore_service.application.json_codec import decode
from datastore_service.application.large_requests import computed
from datastore_service.application.limits import Limits
from datastore_service.application.ports.documents import Document, DocumentReader
from datastore_service.application.ports.graphql_names import CoreNames
from datastore_service.application.ports.json_schemas import JsonSchemas
from datastore_service.domain.json_value import Json, check_storable
from datastore_service.domain.typed.errors import Flaw
from datastore_service.domain.typed.model import Claim, CollectionApi, TypedCollection
from datastore_service.domain.typed.names import taken_by_others
from datastore_service.domain.typed.typed_collection import typed_collection


@dataclass(slots=True, kw_only=True)
class DocumentCheck:
    """One check under way.

    Attributes:
        schema: A schema that the validator has taken; None takes any document, and no document is read then.
        formats: Whether `format` is asserted, as it is in typed collections.
        report: What was found so far.
        mark: Names the snapshot of the newest look; None before the first one.
    """

    schema: Json
    formats: bool
    report: DocumentsReport = field(default_factory=DocumentsReport)
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentChecks:
    """Checks schemas, and documents by them; a thread computes while the event loop serves other requests."""

    documents: DocumentReader
    schemas: JsonSchemas
    core: CoreNames
    limits: Limits

    async def check_schema(self, schema: Json) -> None:
        """Checks that a collection can have this schema; None is no schema.

        Raises:
            InvalidValue: It cannot; the pointer starts with /schema.
        """
        if schema is not None:
            check_storable(schema, "/schema")
            await computed(partial(self.schemas.check, schema))

    async def types(self, name: str, schema: Json, api: CollectionApi) -> tuple[TypedCollection, Sequence[Flaw]]:
        """Returns the types of a collection, and the names that two things in it would have, or Datastore itself has.

        Raises:
            KeywordInvalid, NameInvalid, SchemaTooLarge: The schema has no types.
        """
        mapped = await asyncio.to_thread(typed_collection, name, schema, api, self.limits.typing)
        core = {each: Claim("", "Datastore") for each in self.core.all()}
        return mapped.collection, [*mapped.taken, *taken_by_others(mapped.collection.names, core)]

    async def look(self, name: str, check: DocumentCheck) -> int:
        """Holds the documents that may have changed since the last look against the schema; the first look takes all.

        Returns:
            How many documents it has looked at.
        """
        if check.schema is None:
            return 0
        before = check.report.checked
        async with aclosing(self.documents.parts(name, self.limits.documents_per_part, check.mark)) as parts:
            async for part in parts:
                check.report.as_of, check.mark = part.as_of, part.mark
                await self.judge(part.documents, check)
        return check.report.checked - before

    async def judge(self, documents: Sequence[Document], check: DocumentCheck) -> None:
        """Holds these documents against the schema."""
        await asyncio.to_thread(self._judge, documents, check)

    def _judge(self, documents: Sequence[Document], check: DocumentCheck) -> None:
        report = check.report
        for document in documents:
            payload = decode(document.payload.encode())
            errors = self.schemas.violations(check.schema, payload, formats=check.formats)
            report.checked += 1
            if errors:
                report.misfits += 1
                if len(report.samples) < MOST_SAMPLES:
                    report.samples.append(Misfit(document.id, document.version, errors))
