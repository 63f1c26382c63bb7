"""What would come of another schema for a collection."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Final
from uuid import UUID

from datastore_service.application.json_codec import decode
from datastore_service.application.limits import Limits
from datastore_service.application.messages import Query
from datastore_service.application.ports.graphql_names import CoreNames
from datastore_service.application.ports.json_schemas import JsonSchemas
from datastore_service.application.read.ports.documents import Document, DocumentReader
from datastore_service.application.read.ports.readers import CollectionReader
from datastore_service.domain.errors import CollectionNotFound
from datastore_service.domain.json_value import Json, check_storable
from datastore_service.domain.records.values import collection_name
from datastore_service.domain.typed.changes import Change, Effect, Verdict, verdict
from datastore_service.domain.typed.differences import differences
from datastore_service.domain.typed.errors import Flaw
from datastore_service.domain.typed.model import Claim, CollectionApi, Note
from datastore_service.domain.typed.names import taken_by_others
from datastore_service.domain.typed.typed_collection import typed_collection

_SAMPLES: Final = 10
"""How many of the documents that do not fit are told."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A document that does not fit, with JSON Pointers into it and what is wrong there."""

    id: UUID
    version: int
    errors: Sequence[tuple[str, str]]


@dataclass(slots=True, kw_only=True)
class DocumentsReport:
    """How the documents of a collection fit a schema.

    Attributes:
        checked: How many were looked at.
        misfits: How many of them do not fit.
        samples: The first few of those.
        as_of: The time at which the documents were so; None if there was nothing to look at.
    """

    checked: int = 0
    misfits: int = 0
    samples: list[Misfit] = field(default_factory=list[Misfit])
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionReport:
    """What would come of a change.

    Attributes:
        claimed: The names that the collection would have in GraphQL, sorted; empty without types.
        taken: Those of them that something else has.
        notes: What of the schema would have no type.
        seconds: How long the check took.
    """

    verdict: Verdict
    changes: Sequence[Change]
    documents: DocumentsReport
    claimed: Sequence[str] = ()
    taken: Sequence[Flaw] = ()
    notes: Sequence[Note] = ()
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCollection(Query[CollectionReport]):
    """Tell what would come of setting a collection's JSON Schema: what differs, and which payloads would not fit."""

    name: str
    schema: Json = None
    api: CollectionApi | None = None
    allow: frozenset[Effect] = frozenset()


@dataclass(frozen=True, slots=True)
class CheckCollectionHandler:
    """Compares the schemas, then holds all documents against the new one, part by part, in a thread."""

    collections: CollectionReader
    documents: DocumentReader
    schemas: JsonSchemas
    core: CoreNames
    limits: Limits

    async def handle(self, query: CheckCollection) -> CollectionReport:
        begun = perf_counter()
        collection_name(query.name, "/name")
        if query.schema is not None:
            check_storable(query.schema, "/schema")
            await asyncio.to_thread(self.schemas.check, query.schema)
        claimed, taken, notes = await asyncio.to_thread(self._typed, query)
        try:
            current = await self.collections.get(query.name)
        except CollectionNotFound:
            changes, documents = [], DocumentsReport()
            found: Verdict = "fits"
        else:
            before = True if current.schema is None else decode(current.schema.encode())
            changes = await asyncio.to_thread(differences, before, True if query.schema is None else query.schema)
            documents = await self._look(query)
            found = verdict(changes, query.allow, is_typed=query.api is not None, misfits=documents.misfits)
        return CollectionReport(
            verdict="refused" if taken else found,
            changes=changes,
            documents=documents,
            claimed=claimed,
            taken=taken,
            notes=notes,
            seconds=perf_counter() - begun,
        )

    def _typed(self, query: CheckCollection) -> tuple[Sequence[str], Sequence[Flaw], Sequence[Note]]:
        if query.api is None:
            return (), (), ()
        mapped = typed_collection(query.name, query.schema, query.api, self.limits.typing)
        core = {name: Claim("", "Datastore") for name in self.core.all()}
        taken = [*mapped.taken, *taken_by_others(mapped.collection.names, core)]
        return sorted(mapped.collection.names), taken, mapped.collection.notes

    async def _look(self, query: CheckCollection) -> DocumentsReport:
        report = DocumentsReport()
        if query.schema is None:
            return report
        async with aclosing(self.documents.parts(query.name, self.limits.documents_per_part)) as parts:
            async for part in parts:
                report.as_of = part.as_of
                await asyncio.to_thread(self._judge, part.documents, query, report)
        return report

    def _judge(self, documents: Sequence[Document], query: CheckCollection, report: DocumentsReport) -> None:
        for document in documents:
            payload = decode(document.payload.encode())
            errors = self.schemas.violations(query.schema, payload, formats=query.api is not None)
            report.checked += 1
            if errors:
                report.misfits += 1
                if len(report.samples) < _SAMPLES:
                    report.samples.append(Misfit(document.id, document.version, errors))
