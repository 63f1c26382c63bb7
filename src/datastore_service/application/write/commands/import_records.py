"""Store many records at once."""

import asyncio
from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from datastore_service.application.errors import ImportNameTaken
from datastore_service.application.large_requests import LARGE_TEXT, computed_if
from datastore_service.application.messages import UnrepeatableCommand
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.identifiers import IdGenerator
from datastore_service.application.write.import_lines import LinesAfter, Turns
from datastore_service.application.write.ports.imports import (
    Draft,
    ImportLine,
    ImportObserver,
    ImportProgress,
    LineReader,
    Rejection,
    SilentObserver,
)
from datastore_service.application.write.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from datastore_service.application.write.schema_validation import SchemaValidator
from datastore_service.domain.errors import DomainError, RecordExists
from datastore_service.domain.records.record import Record

type OnConflict = Literal["reject", "skip", "replace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecords(UnrepeatableCommand[ImportProgress]):
    """Store records line by line, many in each transaction; a line that cannot be stored is rejected, others are not.

    Attributes:
        lines: The lines, in parts. Each part is stored in one transaction.
        reader: Turns each line into a `Draft`.
        name: The name of the import. An import that is begun again under its name resumes after the last stored line.
        mark: Describes how the lines are read. The same name with another mark is refused.
        former_marks: The marks that an earlier release may have stored for this import.
        former_name: The name that an earlier release gave this import. An import under that name is resumed.
        again: Whether to import once more if the import of this name has finished.
        on_conflict: What to do with a line whose id is taken: reject it, skip it, or let it replace the record.
        observer: Is called with each rejected line and after each stored part.
    """

    lines: AsyncIterable[Sequence[ImportLine]]
    reader: LineReader
    name: str | None = None
    mark: str = ""
    former_marks: Sequence[str] = ()
    former_name: str | None = None
    again: bool = False
    on_conflict: OnConflict = "reject"
    observer: ImportObserver = field(default_factory=SilentObserver)


@dataclass(slots=True)
class _Part:
    """Lines that are stored in one transaction, and what became of them."""

    last_line: int
    digest: str
    drafts: list[tuple[ImportLine, Draft]] = field(default_factory=list[tuple[ImportLine, Draft]])
    rejections: list[Rejection] = field(default_factory=list[Rejection])
    created: int = 0
    replaced: int = 0
    skipped: int = 0

    def reject(self, line: ImportLine, error: DomainError) -> None:
        # Without its traceback: those of thousands of errors keep the garbage collector busy.
        error.__traceback__ = error.__cause__ = error.__context__ = None
        self.rejections.append(Rejection(line=line, error=error))

    def added_to(self, progress: ImportProgress) -> ImportProgress:
        """Returns the progress of the import after this part."""
        return progress.after(
            lines=self.last_line,
            digest=self.digest,
            created=self.created,
            replaced=self.replaced,
            skipped=self.skipped,
            rejected=len(self.rejections),
        )


@dataclass(frozen=True, slots=True)
class ImportRecordsHandler:
    """Stores each part in a unit of work of its own, together with how far the import has come (adr/0059)."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    schema_validator: SchemaValidator
    ids: IdGenerator

    async def handle(self, command: ImportRecords) -> ImportProgress:
        progress = await self._begin(command)
        lines = LinesAfter(progress, command.name)
        storing: asyncio.Task[ImportProgress] | None = None
        try:
            async for given in command.lines:
                # The next part is read while the database is busy with the one before.
                part = await _read(lines.of(given), lines.digest, command.reader)
                progress = await _after(storing, progress)
                storing = asyncio.create_task(self._store(part, progress, command)) if part else None
            progress = await _after(storing, progress)
            lines.expect_known()
        except BaseException:
            if storing:
                await asyncio.wait([storing])
            raise
        return await self._end(progress, command)

    async def _begin(self, command: ImportRecords) -> ImportProgress:
        if command.name is None:
            return ImportProgress()
        async with self.unit_of_work() as work:
            if command.former_name is not None:
                await work.imports.rename(command.former_name, command.name, command.former_marks)
            progress = await work.imports.begin(command.name, _marks(command), self.clock.now(), again=command.again)
            await work.commit()
        if progress.finished and progress.lines and not progress.digest:
            raise ImportNameTaken(command.name, comparable=False)
        return replace(progress, resumed_after=progress.lines)

    async def _end(self, progress: ImportProgress, command: ImportRecords) -> ImportProgress:
        finished = replace(progress, finished=True)
        if command.name is not None:
            async with self.unit_of_work() as work:
                await work.imports.advance(command.name, progress, finished, self.clock.now())
                await work.commit()
        return finished

    async def _store(self, part: _Part, before: ImportProgress, command: ImportRecords) -> ImportProgress:
        if not part.drafts and command.name is None:
            progress = part.added_to(before)
            await command.observer.rejected(part.rejections)
            await command.observer.advanced(progress)
            return progress
        async with self.unit_of_work() as work:
            if part.drafts:
                await self._add(part, command.on_conflict, work)
            progress = part.added_to(before)
            if command.name is not None:
                await work.imports.advance(command.name, before, progress, self.clock.now())
            # Before the commit: if the process is killed in between, the observer is told twice rather than never.
            if part.rejections:
                await command.observer.rejected(sorted(part.rejections, key=lambda each: each.line.number))
            await work.commit()
        await command.observer.advanced(progress)
        return progress

    async def _add(self, part: _Part, on_conflict: OnConflict, work: UnitOfWork) -> None:
        taken = await work.records.get_all({draft.id for _, draft in part.drafts if draft.id})
        new: dict[object, tuple[ImportLine, Record]] = {}
        changed: dict[object, Record] = {}
        turns = Turns()
        for line, draft in part.drafts:
            await turns.taken()
            try:
                # Also of a line that is skipped, so that a line which breaks a rule is rejected in each mode.
                record = await computed_if(_is_long(line), partial(self._created, draft))
                known = draft.id and (taken.get(draft.id) or (new[draft.id][1] if draft.id in new else None))
                if known is None:
                    await self.schema_validator.check(record, work)
                    new[record.id] = (line, record)
                elif on_conflict == "reject":
                    raise RecordExists(known.id)
                elif on_conflict == "skip":
                    part.skipped += 1
                else:
                    self._replace(known, record)
                    await self.schema_validator.check(known, work)
                    part.replaced += 1
                    if known.id not in new:
                        changed[known.id] = known
            except DomainError as error:
                part.reject(line, error)
        lost = await work.records.add_all([record for _, record in new.values()])
        part.created = len(new) - len(lost)
        if on_conflict == "skip":
            part.skipped += len(lost)
        elif on_conflict == "replace" and lost:
            await self._replace_after_all({record_id: new[record_id] for record_id in lost}, part, changed, work)
        else:
            for record_id in lost:
                part.reject(new[record_id][0], RecordExists(record_id))
        await work.records.save_all(list(changed.values()))

    async def _replace_after_all(
        self,
        lost: Mapping[object, tuple[ImportLine, Record]],
        part: _Part,
        changed: dict[object, Record],
        work: UnitOfWork,
    ) -> None:
        """Replaces records that other clients have created since `_add` looked for them."""
        created = await work.records.get_all([record.id for _, record in lost.values()])
        for record_id, (line, wanted) in lost.items():
            try:
                record = created.get(wanted.id)
                if record is None:
                    raise RecordExists(wanted.id)
                self._replace(record, wanted)
            except DomainError as error:
                part.reject(line, error)
            else:
                part.replaced += 1
                changed[record_id] = record

    def _created(self, draft: Draft) -> Record:
        return Record.create(draft.id or self.ids.new_id(), draft, collection=draft.collection, at=self.clock.now())

    def _replace(self, record: Record, wanted: Record) -> None:
        record.expect_in(wanted.collection)
        record.replace(wanted.content, at=self.clock.now())


async def _after(storing: asyncio.Task[ImportProgress] | None, before: ImportProgress) -> ImportProgress:
    return await storing if storing else before


def _marks(command: ImportRecords) -> Sequence[str]:
    """Returns the marks that the import may have. The first one is current, and contains `on_conflict` too."""
    return (f"{command.on_conflict} {command.mark}", *command.former_marks)


async def _read(lines: Sequence[ImportLine], digest: str, reader: LineReader) -> _Part | None:
    """Makes drafts of the lines; None if there are none."""
    if not lines:
        return None
    part = _Part(last_line=lines[-1].number, digest=digest)
    turns = Turns()
    for line in lines:
        await turns.taken()
        try:
            draft = await computed_if(_is_long(line), partial(reader.read, line))
            part.drafts.append((line, draft))
        except DomainError as error:
            part.reject(line, error)
    return part


def _is_long(line: ImportLine) -> bool:
    return len(line.said) > LARGE_TEXT
