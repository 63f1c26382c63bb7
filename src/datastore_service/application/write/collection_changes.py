"""Changes of collections, with and without types: what `PUT` and `PATCH` have in common."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Collection as AnyCollection
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Final
from uuid import UUID

from datastore_service.application.collection_reports import CollectionReport
from datastore_service.application.document_checks import DocumentCheck, DocumentChecks
from datastore_service.application.errors import SchemaChangeRefused, SchemaChangeUnderWay
from datastore_service.application.limits import Limits
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.identifiers import IdGenerator
from datastore_service.application.write.ports.type_changes import PresentCollections, TypeChanges, WriteGate
from datastore_service.application.write.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from datastore_service.domain.collections.collection import Collection, Types
from datastore_service.domain.collections.retention import Retention
from datastore_service.domain.errors import CollectionExists
from datastore_service.domain.json_value import Json
from datastore_service.domain.preconditions import Precondition
from datastore_service.domain.typed.changes import Change, Effect, renamings, verdict
from datastore_service.domain.typed.differences import differences
from datastore_service.domain.typed.errors import Flaw, KeywordInvalid, NameTaken, SchemaTooLarge
from datastore_service.domain.typed.model import CollectionApi, ObjectType, TypedCollection
from datastore_service.domain.typed.schema_parts import canonical

_FEW: Final = 200
"""So many documents may be looked at while writers wait."""

_ROUNDS: Final = 5
"""How often a look goes after the writers before they have to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a collection is to be."""

    schema: Json
    retention: Retention | None
    api: CollectionApi | None


type Decide = Callable[[Collection | None], Settings]
"""Works out the settings, from the collection as it is; None if there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The collection as it is now, and whether there was none before."""

    collection: Collection
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A collection that is to be typed.

    Attributes:
        before: The collection as it was looked at; None if there was none.
        settings: What it is to be.
        api: The same as in the settings.
        types: The types of its schema.
        changes: What differs for documents and clients.
        allow: What may break.
        begun: When the change began, of `perf_counter`.
    """

    before: Collection | None
    settings: Settings
    api: CollectionApi
    types: TypedCollection
    changes: Sequence[Change]
    allow: AnyCollection[Effect]
    begun: float

    @property
    def was_typed(self) -> bool:
        return self.before is not None and self.before.types is not None

    @property
    def is_proven(self) -> bool:
        """Whether all documents that are there fit, by the structure of both schemas."""
        return self.before is None or (self.was_typed and all(each.documents == "yes" for each in self.changes))

    def refuse(self, check: DocumentCheck) -> None:
        """Refuses what would break clients that the caller does not name, or documents."""
        found = verdict(self.changes, self.allow, is_typed=self.was_typed, misfits=check.report.misfits)
        if found in ("refused", "needs_documents"):
            report = CollectionReport(
                verdict=found,
                changes=self.changes,
                documents=check.report,
                claimed=sorted(self.types.names),
                notes=self.types.notes,
                seconds=perf_counter() - self.begun,
            )
            raise SchemaChangeRefused(report.why_refused(self.allow), report.text())


@dataclass(frozen=True, slots=True)
class CollectionChanges:
    """Changes a collection. If it is to be typed, all its documents are looked at first (adr/0106)."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    ids: IdGenerator
    present: PresentCollections
    checks: DocumentChecks
    gate: WriteGate
    limits: Limits

    async def change(
        self, name: str, decide: Decide, *, precondition: Precondition, allow: AnyCollection[Effect] = ()
    ) -> Changed:
        """Makes a collection what it is to be, and creates it if there is none.

        Raises:
            PreconditionFailed: It is not in the state that the caller expects.
            SchemaChangeRefused: A record does not fit, or clients would break that the caller does not accept to break.
            SchemaChangeUnderWay: Another client has changed the collection meanwhile.
            NameTaken, NameInvalid, KeywordInvalid, SchemaTooLarge: The schema or the names have flaws.
        """
        begun = perf_counter()
        before = await self.present.get(name)
        _expect(precondition, name, before)
        settings = decide(before)
        await self.checks.check_schema(settings.schema)
        if _keeps_types(before, settings):
            return await self._plain(name, decide, precondition)
        wanted = await self._wanted(name, before, settings, allow, begun)
        check = DocumentCheck(schema=settings.schema, formats=True)
        if not wanted.is_proven:
            await self._look(name, check)
        wanted.refuse(check)
        return await self._cut(name, wanted, check)

    async def _plain(self, name: str, decide: Decide, precondition: Precondition) -> Changed:
        """Changes what no document has to fit, and takes types away."""
        async with self.unit_of_work() as work:
            put = await self._put(name, decide, precondition, work)
            put = put or await self._create(name, decide, precondition, work)
            # `_create` returns None if another request has just created the collection; then change that one.
            put = put or await self._put(name, decide, precondition, work)
            if put is None:
                raise CollectionExists(name)
            await work.commit()
        return put

    async def _put(self, name: str, decide: Decide, precondition: Precondition, work: UnitOfWork) -> Changed | None:
        collection = await work.collections.get(name)
        if collection is None:
            return None
        collection.expect(precondition)
        settings = decide(collection)
        if not _keeps_types(collection, settings):
            raise SchemaChangeUnderWay(name)
        loses_types = collection.types is not None and settings.api is None
        types = None if loses_types else collection.types
        collection.put(settings.schema, self.clock.now(), settings.retention, types)
        await work.collections.save(collection)
        if loses_types:
            changes = work.type_changes
            await changes.next_number()
            await changes.claim(collection, {})
        return Changed(collection=collection, created=False)

    async def _create(self, name: str, decide: Decide, precondition: Precondition, work: UnitOfWork) -> Changed | None:
        precondition.check("Collection", name, None)
        settings = decide(None)
        if settings.api is not None:
            raise SchemaChangeUnderWay(name)
        collection = Collection.create(
            self.ids.new_id(),
            name=name,
            schema=settings.schema,
            at=self.clock.now(),
            retention=settings.retention,
        )
        try:
            await work.collections.add(collection)
        except CollectionExists:
            return None
        return Changed(collection=collection, created=True)

    async def _wanted(
        self,
        name: str,
        before: Collection | None,
        settings: Settings,
        allow: AnyCollection[Effect],
        begun: float,
    ) -> _Wanted:
        api = settings.api
        if api is None or settings.schema is None:
            raise KeywordInvalid([Flaw("/schema", _WITHOUT_SCHEMA)])
        types, taken = await self.checks.types(name, settings.schema, api)
        if taken:
            raise NameTaken(taken)
        if flaws := [*_unenforced(types)]:
            raise KeywordInvalid(flaws)
        changes: Sequence[Change] = ()
        if before is not None:
            former = True if before.schema is None else before.schema
            found = await asyncio.to_thread(differences, former, settings.schema)
            changes = [*renamings(before.api, api), *found]
        return _Wanted(
            before=before, settings=settings, api=api, types=types, changes=changes, allow=allow, begun=begun
        )

    async def _look(self, name: str, check: DocumentCheck) -> None:
        """Looks at all documents, then at those that were written meanwhile, until these are few."""
        for _ in range(_ROUNDS):
            if await self.checks.look(name, check) <= _FEW or check.report.misfits:
                return

    async def _cut(self, name: str, wanted: _Wanted, check: DocumentCheck) -> Changed:
        """Changes the collection while nobody writes to it, unless something was written that does not fit."""
        before, settings = wanted.before, wanted.settings
        async with self.unit_of_work() as work:
            changes = work.type_changes
            await changes.begin()
            # Only now, with a connection at hand: writers that come back with locks would be before it in the queue.
            await self.gate.shut(name)
            collection = await work.collections.get(name)
            if _version(collection) != _version(before):
                raise SchemaChangeUnderWay(name)
            if not wanted.was_typed and (count := await changes.others(name)) >= self.limits.typing.max_collections:
                raise SchemaTooLarge([Flaw("/api", _too_many(count, self.limits.typing.max_collections))])
            number = await changes.next_number()
            if collection is None:
                types = Types(api=wanted.api, since=self.clock.now(), number=number)
                collection = await self._create_typed(name, settings, types, work)
            else:
                since = await self._since(collection, wanted, check, changes)
                types = Types(api=wanted.api, since=since, number=number)
                collection.put(settings.schema, self.clock.now(), settings.retention, types)
                await work.collections.save(collection)
            await changes.claim(collection, wanted.types.names)
            await work.commit()
        return Changed(collection=collection, created=before is None)

    async def _create_typed(self, name: str, settings: Settings, types: Types, work: UnitOfWork) -> Collection:
        collection = Collection.create(
            self.ids.new_id(),
            name=name,
            schema=settings.schema,
            at=types.since,
            retention=settings.retention,
            types=types,
        )
        try:
            await work.collections.add(collection)
        except CollectionExists as error:
            raise SchemaChangeUnderWay(name) from error
        return collection

    async def _since(
        self, collection: Collection, wanted: _Wanted, check: DocumentCheck, changes: TypeChanges
    ) -> datetime:
        """Looks at what was written since the look, and returns since when all versions of records fit."""
        if collection.types is not None and wanted.is_proven:
            return collection.types.since
        if check.mark is not None:
            async with aclosing(changes.written_since(collection, check.mark, self.limits.documents_per_part)) as parts:
                async for documents in parts:
                    await self.checks.judge(documents, check)
            wanted.refuse(check)
        return await changes.since(collection)


_WITHOUT_SCHEMA: Final = (
    "A typed collection has a schema. Send the schema, too; to take the types away, send api: null."
)


def _too_many(count: int, most: int) -> str:
    there = "is 1 typed collection" if count == 1 else f"are {count} typed collections"
    return f"There {there} already; there may be {most} (typing.max_collections)."


def _unenforced(types: TypedCollection) -> Iterator[Flaw]:
    """Returns a flaw for each rule that no write would keep yet."""
    for member in (member for kind in types.types.values() if isinstance(kind, ObjectType) for member in kind.members):
        for keyword, rule in (("x-unique", member.unique), ("x-references", member.reference)):
            if rule is not None:
                yield Flaw(
                    f"/schema{member.pointer}/{keyword}",
                    f"{keyword} is checked, but not kept by this release: a typed collection cannot have it yet.",
                )


def _keeps_types(before: Collection | None, settings: Settings) -> bool:
    """Tells whether the types stay as they are, or go: then no document has to be looked at."""
    if settings.api is None:
        return True
    return before is not None and settings.api == before.api and canonical(settings.schema) == canonical(before.schema)


def _version(collection: Collection | None) -> tuple[UUID, int] | None:
    return None if collection is None else (collection.id, collection.version)


def _expect(precondition: Precondition, name: str, collection: Collection | None) -> None:
    precondition.check("Collection", name, None if collection is None else collection.version)
