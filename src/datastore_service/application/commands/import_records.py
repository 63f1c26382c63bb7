"""Store many records at once."""

import asyncio
from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from datastore_service.application.conformance import Conformance
from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.messages import Command
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.identifiers import IdGenerator
from datastore_service.application.ports.imports import (
    Draft,
    ImportLine,
    ImportObserver,
    ImportProgress,
    LineReader,
    Rejection,
    SilentObserver,
)
from datastore_service.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from datastore_service.domain.errors import DomainError, RecordExists
from datastore_service.domain.records.record import Record

_LINES_AT_A_TIME: Final = 200
"""Lines that are read before others get their turn: a few milliseconds."""

type OnConflict = Literal["reject", "skip", "replace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecords(Command[ImportProgress]):
    """Store records line by line, many to a transaction; a line that cannot be stored is rejected, the rest goes on.

    Attributes:
        lines: The lines, in the parts in which they are stored.
        reader: Makes drafts of records of them.
        name: What the import is called: begun again under its name, it goes on after the last line that is stored.
        mark: Tells the source from others, so that a name is not used for two.
        on_conflict: What becomes of a line whose id is taken: it is rejected, passed over, or replaces the record.
        observer: Is told of each rejected line and of each part that is stored.
    """

    lines: AsyncIterable[Sequence[ImportLine]]
    reader: LineReader
    name: str | None = None
    mark: str = ""
    on_conflict: OnConflict = "reject"
    observer: ImportObserver = field(default_factory=SilentObserver)


@dataclass(slots=True)
class _Part:
    """Lines on their way into the store."""

    last_line: int
    drafts: list[tuple[ImportLine, Draft]] = field(default_factory=list[tuple[ImportLine, Draft]])
    rejections: list[Rejection] = field(default_factory=list[Rejection])
    created: int = 0
    replaced: int = 0
    skipped: int = 0

    def reject(self, line: ImportLine, error: DomainError) -> None:
        self.rejections.append(Rejection(line=line, error=error))


@dataclass(frozen=True, slots=True)
class ImportRecordsHandler:
    """Stores each part in a unit of work of its own, together with how far the import has come (adr/0059)."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    conformance: Conformance
    ids: IdGenerator

    async def handle(self, command: ImportRecords) -> ImportProgress:
        progress = await self._begin(command)
        storing: asyncio.Task[ImportProgress] | None = None
        try:
            async for lines in command.lines:
                # The next part is read while the database is busy with the one before.
                part = await _read(lines, progress.lines, command.reader)
                progress = await storing if storing else progress
                storing = asyncio.create_task(self._store(part, progress, command)) if part else None
            progress = await storing if storing else progress
        except BaseException:
            if storing:
                await asyncio.wait([storing])
            raise
        return await self._end(progress, command)

    async def _begin(self, command: ImportRecords) -> ImportProgress:
        if command.name is None:
            return ImportProgress()
        async with self.unit_of_work() as work:
            progress = await work.imports.begin(command.name, command.mark, self.clock.now())
            await work.commit()
        return replace(progress, resumed_after=progress.lines)

    async def _end(self, progress: ImportProgress, command: ImportRecords) -> ImportProgress:
        finished = replace(progress, finished=True)
        if command.name is not None:
            async with self.unit_of_work() as work:
                await work.imports.advance(command.name, progress, finished, self.clock.now())
                await work.commit()
        return finished

    async def _store(self, part: _Part, before: ImportProgress, command: ImportRecords) -> ImportProgress:
        async with self.unit_of_work() as work:
            await self._add(part, command.on_conflict, work)
            progress = before.after(
                lines=part.last_line,
                created=part.created,
                replaced=part.replaced,
                skipped=part.skipped,
                rejected=len(part.rejections),
            )
            if command.name is not None:
                await work.imports.advance(command.name, before, progress, self.clock.now())
            # Told of before they are counted for good: who is killed in between is told twice rather than never.
            for rejection in sorted(part.rejections, key=lambda rejection: rejection.line.number):
                await command.observer.rejected(rejection)
            await work.commit()
        await command.observer.advanced(progress)
        return progress

    async def _add(self, part: _Part, on_conflict: OnConflict, work: UnitOfWork) -> None:
        taken = await work.records.get_all({draft.id for _, draft in part.drafts if draft.id})
        new: dict[object, tuple[ImportLine, Record]] = {}
        changed: dict[object, Record] = {}
        for line, draft in part.drafts:
            try:
                known = draft.id and (taken.get(draft.id) or (new[draft.id][1] if draft.id in new else None))
                if known is None:
                    record = self._created(draft)
                    await self.conformance.check(record, work)
                    new[record.id] = (line, record)
                elif on_conflict == "reject":
                    raise RecordExists(known.id)
                elif on_conflict == "skip":
                    part.skipped += 1
                else:
                    self._replace(known, draft)
                    await self.conformance.check(known, work)
                    part.replaced += 1
                    if known.id not in new:
                        changed[known.id] = known
            except StoreUnavailable:
                raise
            except DomainError as error:
                part.reject(line, error)
        lost = await work.records.add_all([record for _, record in new.values()])
        part.created = len(new) - len(lost)
        if on_conflict == "skip":
            part.skipped += len(lost)
        else:
            for record_id in lost:
                part.reject(new[record_id][0], RecordExists(record_id))
        await work.records.save_all(list(changed.values()))

    def _created(self, draft: Draft) -> Record:
        return Record.create(
            draft.id or self.ids.new_id(),
            collection=draft.collection,
            payload=draft.payload,
            tags=draft.tags,
            at=self.clock.now(),
        )

    def _replace(self, record: Record, draft: Draft) -> None:
        record.expect_in(draft.collection)
        record.replace(payload=draft.payload, tags=draft.tags, at=self.clock.now())


async def _read(lines: Sequence[ImportLine], done: int, reader: LineReader) -> _Part | None:
    """Makes drafts of those lines that are not stored yet; None where all are."""
    left = [line for line in lines if line.number > done]
    if not left:
        return None
    part = _Part(last_line=left[-1].number)
    for index, line in enumerate(left):
        if index % _LINES_AT_A_TIME == 0:
            await asyncio.sleep(0)
        try:
            part.drafts.append((line, reader.read(line)))
        except DomainError as error:
            part.reject(line, error)
    return part
