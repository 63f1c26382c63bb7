"""Commands, as far as somebody may write."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast
from uuid import UUID

from datastore_service.application.errors import Forbidden, OperationRefused
from datastore_service.application.messages import Command
from datastore_service.application.request_context import Actor
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Change, Operation
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.import_records import ImportRecords
from datastore_service.application.write.commands.link_records import LinkRecords
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.restore_record import RestoreRecord
from datastore_service.application.write.commands.revert_record import RevertRecord
from datastore_service.application.write.commands.unlink_records import UnlinkRecords
from datastore_service.application.write.ports.imports import Draft, ImportLine, LineReader
from datastore_service.application.write.ports.unit_of_work import UnitOfWorkFactory
from datastore_service.domain.errors import DomainError, RecordNotFound
from datastore_service.domain.records.values import DEFAULT_COLLECTION

from .grants import Grants

CHANGING: Final = (
    CreateRecord, ReplaceRecord, PatchRecord, DeleteRecord, RestoreRecord, RevertRecord, LinkRecords, UnlinkRecords,
    ApplyBatch, ImportRecords,
)  # fmt: skip


async def as_writable(
    command: Command[Any], actor: Actor, grants: Grants, unit_of_work: UnitOfWorkFactory
) -> Command[Any]:
    """Returns the command, made to change only records of collections that may be written.

    Raises:
        Forbidden: It changes others, or is none that changes records.
        RecordNotFound: It changes a record that may not even be read, or that there is not.
        OperationRefused: One of these is true of an operation of a batch.
    """
    if not isinstance(command, CHANGING):
        raise Forbidden(f"{type(command).__name__} needs the scope admin.")
    if grants.writes is None:
        return command
    match command:
        case ImportRecords():
            # The mark tells imports of one name apart: nobody goes on with what another actor has begun.
            mark, *former_marks = (f"{mark} of {actor.id}" for mark in (command.mark, *command.former_marks))
            reader = _WritableLines(command.reader, grants)
            return replace(command, reader=reader, mark=mark, former_marks=former_marks)
        case ApplyBatch():
            places = await _places(command.operations, unit_of_work)
            return replace(command, operations=list(_operations(command.operations, places, grants)))
        case _:
            alone = Operation(change=cast("Change", command))
            return _change(alone, await _places([alone], unit_of_work), grants)


@dataclass(frozen=True, slots=True)
class _WritableLines:
    """Reads the lines of an import, and refuses those that go elsewhere."""

    reader: LineReader
    grants: Grants

    def read(self, line: ImportLine, /) -> Draft:
        draft = self.reader.read(line)
        self.grants.expect_writes(draft.collection)
        return draft


async def _places(operations: Sequence[Operation], unit_of_work: UnitOfWorkFactory) -> dict[UUID, str]:
    """Returns the collections of the records and tombstones that there are; nothing moves them to another one."""
    ids = {record_id for operation in operations for record_id in _named(operation)}
    if not ids:
        return {}
    async with unit_of_work() as work:
        return {record.id: record.collection for record in (await work.records.get_all(ids)).values()}


def _named(operation: Operation) -> Sequence[UUID]:
    """Returns the records that an operation changes, without those that an earlier one of its batch has made."""
    change = operation.change
    if isinstance(change, LinkRecords | UnlinkRecords):
        ends = {"/source": change.source, "/target": change.target}
        return [record_id for end, record_id in ends.items() if end not in operation.references]
    return [] if isinstance(change, CreateRecord) or operation.local_id is not None else [change.id]


def _operations(operations: Sequence[Operation], places: dict[UUID, str], grants: Grants) -> Iterable[Operation]:
    for index, operation in enumerate(operations):
        try:
            yield replace(operation, change=_change(operation, places, grants))
        except DomainError as error:
            raise OperationRefused(index, error) from error


def _change(operation: Operation, places: dict[UUID, str], grants: Grants) -> Change:
    """Returns the change, and adds to the places where it puts a new record."""
    change = operation.change
    if isinstance(change, CreateRecord):
        grants.expect_writes(change.collection)
        if change.id is not None:
            places.setdefault(change.id, change.collection)
        return change
    named = _named(operation)
    if isinstance(change, ReplaceRecord) and named:
        if change.id not in places:
            grants.expect_writes(change.collection or DEFAULT_COLLECTION)
        place = places.setdefault(change.id, change.collection or DEFAULT_COLLECTION)
        # Said to the command as well, in case that somebody else creates the record elsewhere in this moment.
        change = replace(change, collection=change.collection or place)
    for record_id in named:
        place = places.get(record_id)
        if place is None or (grants.reads is not None and place not in grants.reads):
            raise RecordNotFound(record_id)
        grants.expect_writes(place)
    return change
