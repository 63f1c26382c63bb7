"""What would come of another schema for a collection."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

from datastore_service.application.collection_reports import CollectionReport
from datastore_service.application.document_checks import DocumentCheck, DocumentChecks
from datastore_service.application.json_codec import decode
from datastore_service.application.messages import Query
from datastore_service.application.read.ports.readers import CollectionReader
from datastore_service.application.read.ports.typed_collections import ClaimedNames
from datastore_service.application.views import CollectionView
from datastore_service.domain.errors import CollectionNotFound
from datastore_service.domain.json_value import Json
from datastore_service.domain.records.values import collection_name
from datastore_service.domain.typed.changes import Change, Effect, Verdict, renamings, verdict
from datastore_service.domain.typed.differences import differences
from datastore_service.domain.typed.errors import Flaw
from datastore_service.domain.typed.model import CollectionApi, Note
from datastore_service.domain.typed.names import taken_by_others


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCollection(Query[CollectionReport]):
    """Tell what would come of setting a collection's JSON Schema: what differs, and which payloads would not fit."""

    name: str
    schema: Json = None
    api: CollectionApi | Literal["keep"] | None = "keep"
    """What it is to be called; None is without types, and `keep` is as it is."""
    allow: frozenset[Effect] = frozenset()


@dataclass(frozen=True, slots=True)
class CheckCollectionHandler:
    """Compares the schemas, then holds all documents against the new one, part by part, in a thread."""

    collections: CollectionReader
    names: ClaimedNames
    checks: DocumentChecks

    async def handle(self, query: CheckCollection) -> CollectionReport:
        begun = perf_counter()
        collection_name(query.name, "/name")
        await self.checks.check_schema(query.schema)
        current = await self._current(query.name)
        api = (current and current.api) if query.api == "keep" else query.api
        claimed, taken, notes = await self._types(query, api)
        check = DocumentCheck(schema=query.schema, formats=api is not None)
        changes: Sequence[Change] = []
        found: Verdict = "fits"
        if current is not None:
            before = True if current.schema is None else decode(current.schema.encode())
            differing = await asyncio.to_thread(differences, before, True if query.schema is None else query.schema)
            changes = [*renamings(current.api, api), *differing]
            await self.checks.look(query.name, check)
            # Only clients of a collection that is typed, and stays so, have types that may break.
            is_typed = current.api is not None and api is not None
            found = verdict(changes, query.allow, is_typed=is_typed, misfits=check.report.misfits)
        return CollectionReport(
            verdict="refused" if taken else found,
            changes=changes,
            documents=check.report,
            claimed=claimed,
            taken=taken,
            notes=notes,
            seconds=perf_counter() - begun,
        )

    async def _current(self, name: str) -> CollectionView | None:
        try:
            return await self.collections.get(name)
        except CollectionNotFound:
            return None

    async def _types(
        self, query: CheckCollection, api: CollectionApi | None
    ) -> tuple[Sequence[str], Sequence[Flaw], Sequence[Note]]:
        if api is None:
            return (), (), ()
        typed, taken = await self.checks.types(query.name, query.schema, api)
        others = await self.names.of_others(query.name, typed.names)
        return sorted(typed.names), [*taken, *taken_by_others(typed.names, others)], typed.notes
