"""Apply many changes, all or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from uuid import UUID

from datastore_service.application.errors import (
    LocalIdTaken,
    LocalIdUnknown,
    OperationRefused,
    ReferenceMisplaced,
)
from datastore_service.application.large_requests import computed_if, is_large_request
from datastore_service.application.limits import Limits
from datastore_service.application.messages import Command
from datastore_service.application.ports.identifiers import IdGenerator
from datastore_service.application.views import RecordView
from datastore_service.application.write.commands.create_record import CreateRecord, CreateRecordHandler
from datastore_service.application.write.commands.delete_record import DeleteRecord, DeleteRecordHandler
from datastore_service.application.write.commands.link_records import LinkRecords, LinkRecordsHandler
from datastore_service.application.write.commands.patch_record import PatchRecord, PatchRecordHandler
from datastore_service.application.write.commands.replace_record import (
    ReplacedRecord,
    ReplaceRecord,
    ReplaceRecordHandler,
)
from datastore_service.application.write.commands.unlink_records import UnlinkRecords, UnlinkRecordsHandler
from datastore_service.application.write.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from datastore_service.domain.collections.collection import PayloadRules
from datastore_service.domain.errors import DomainError, InvalidValue, MalformedPatch, PatchConflict, RecordExists
from datastore_service.domain.immutable import immutable
from datastore_service.domain.json_value import Json
from datastore_service.domain.links.repository import LinkKey
from datastore_service.domain.records.json_patch import JsonPatch
from datastore_service.domain.records.record import Record

type Linking = LinkRecords | UnlinkRecords
type _Alteration = ReplaceRecord | PatchRecord | DeleteRecord | Linking
type Change = CreateRecord | _Alteration


@immutable
class Operation:
    """One change of a batch.

    Attributes:
        change: The command that this operation carries out.
        local_id: If the operation creates a record, the name by which later operations refer to it. Otherwise the name
            of the record to change, instead of its id.
        references: The places of ids that the batch makes. Each key is a JSON Pointer into the payload, each value the
            local id of a record that an earlier operation creates. For a link the keys are `/source` and `/target`.
    """

    change: Change
    local_id: str | None = None
    references: Mapping[str, str] = field(default_factory=dict[str, str])


@immutable
class AppliedOperation:
    """The result of one operation.

    Attributes:
        id: The id of the record; for a link, the id of its source.
        record: The record after the operation; None if it was deleted, and for a link.
        created: Whether the operation created the record or the link.
    """

    id: UUID
    record: RecordView | None
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyBatch(Command[list[AppliedOperation]]):
    """Apply operations on any records of any collections in order: all of them or none."""

    operations: Sequence[Operation]


@dataclass(frozen=True, slots=True)
class ApplyBatchHandler:
    """Opens one unit of work and calls the handler of each change inside it."""

    unit_of_work: UnitOfWorkFactory
    ids: IdGenerator
    limits: Limits
    create: CreateRecordHandler
    replace: ReplaceRecordHandler
    patch: PatchRecordHandler
    delete: DeleteRecordHandler
    link: LinkRecordsHandler
    unlink: UnlinkRecordsHandler

    async def handle(self, command: ApplyBatch) -> list[AppliedOperation]:
        if len(command.operations) > self.limits.batch_operations:
            raise InvalidValue(
                "/operations",
                f"A batch has at most {self.limits.batch_operations} operations; this one has "
                f"{len(command.operations)}.",
            )
        changes = self._resolved(command.operations)
        async with self.unit_of_work() as work:
            # `get_all` locks in the order of the ids, so that two batches cannot deadlock.
            await work.records.get_all(_there_before(command.operations, changes))
            deleted = [change.id for change in changes if isinstance(change, DeleteRecord)]
            linked = [_key(change) for change in changes if isinstance(change, LinkRecords | UnlinkRecords)]
            if deleted or linked:
                await work.links.hold(deleted, linked)
            applied: list[AppliedOperation] = []
            while len(applied) < len(changes):
                index = len(applied)
                change = changes[index]
                if isinstance(change, CreateRecord):
                    applied += await self._create(index, _creations(changes, index), work)
                else:
                    applied.append(await self._apply(index, change))
            await work.commit()
        return applied

    async def _create(
        self, first: int, creations: Sequence[CreateRecord], work: UnitOfWork
    ) -> Sequence[AppliedOperation]:
        """Adds the records with one statement. The result is as if one by one: the first refusal refuses the batch."""
        records: list[Record] = []
        rules: dict[str, PayloadRules] = {}
        refusal: DomainError | None = None
        try:
            for creation in creations:
                record = await computed_if(is_large_request(), partial(self.create.new, creation))
                if record.collection not in rules:
                    rules[record.collection] = await work.collections.rules_of(record.collection)
                await self.create.schema_validator.check_against(rules[record.collection], record)
                records.append(record)
        except DomainError as error:
            refusal = error
        taken = await work.records.add_all(records)
        if taken:
            place = next(place for place, record in enumerate(records) if record.id in taken)
            raise OperationRefused(first + place, RecordExists(records[place].id))
        if refusal is not None:
            raise OperationRefused(first + len(records), refusal) from refusal
        return [AppliedOperation(id=record.id, record=RecordView.of(record), created=True) for record in records]

    def _resolved(self, operations: Sequence[Operation]) -> list[Change]:
        """Returns the changes with ids in place of local ids."""
        known: dict[str, UUID] = {}
        return [self._resolve(index, operation, known) for index, operation in enumerate(operations)]

    def _resolve(self, index: int, operation: Operation, known: dict[str, UUID]) -> Change:
        change, name = operation.change, operation.local_id
        try:
            match change:
                case CreateRecord():
                    if change.id is None:
                        change = replace(change, id=self.ids.new_id())
                    if name is not None and name in known:
                        raise LocalIdTaken(name)
                case LinkRecords() | UnlinkRecords():
                    return _between(change, operation.references, known)
                case _ if name is not None:
                    change = replace(change, id=_known(name, known))
                case _:
                    pass
            if operation.references and isinstance(change, CreateRecord | ReplaceRecord):
                change = replace(change, payload=_with_references(change.payload, operation.references, known))
        except DomainError as error:
            raise OperationRefused(index, error) from error
        if name is not None and change.id is not None:
            known[name] = change.id
        return change

    async def _apply(self, index: int, change: _Alteration) -> AppliedOperation:
        try:
            return await self._applied(change)
        except DomainError as error:
            raise OperationRefused(index, error, in_patch=isinstance(change, PatchRecord)) from error

    async def _applied(self, change: _Alteration) -> AppliedOperation:
        match change:
            case ReplaceRecord():
                replaced: ReplacedRecord = await self.replace.handle(change)
                return AppliedOperation(id=change.id, record=replaced.record, created=replaced.created)
            case PatchRecord():
                return AppliedOperation(id=change.id, record=await self.patch.handle(change), created=False)
            case DeleteRecord():
                await self.delete.handle(change)
                return AppliedOperation(id=change.id, record=None, created=False)
            case LinkRecords():
                linked = await self.link.handle(change)
                return AppliedOperation(id=change.source, record=None, created=linked.created)
            case UnlinkRecords():
                await self.unlink.handle(change)
                return AppliedOperation(id=change.source, record=None, created=False)


def _creations(changes: Sequence[Change], first: int) -> Sequence[CreateRecord]:
    """Returns the run of creations that begins at this index; it ends before an id that it already has."""
    found: dict[UUID | None, CreateRecord] = {}
    for change in islice(changes, first, None):
        if not isinstance(change, CreateRecord) or found.setdefault(change.id, change) is not change:
            break
    return list(found.values())


def _there_before(operations: Sequence[Operation], changes: Sequence[Change]) -> set[UUID]:
    """Returns the ids to lock, except for ids that were generated for this batch."""
    locked: set[UUID] = set()
    made: set[UUID] = set()
    for operation, change in zip(operations, changes, strict=True):
        is_made = isinstance(operation.change, CreateRecord) and operation.change.id is None
        (made if is_made else locked).update(_locked(change))
    return locked - made


def _locked(change: Change) -> Sequence[UUID]:
    """Returns the records that a change locks."""
    match change:
        case LinkRecords():
            return (change.source, change.target)
        case UnlinkRecords():
            return ()
        case _:
            return () if change.id is None else (change.id,)


def _key(link: Linking) -> LinkKey:
    return (link.source, link.relation, link.target)


def _between[L: Linking](link: L, ends: Mapping[str, str], known: Mapping[str, UUID]) -> L:
    """Returns the link with ids in place of the local ids of its ends."""
    source = _known(ends["/source"], known) if "/source" in ends else link.source
    target = _known(ends["/target"], known) if "/target" in ends else link.target
    return replace(link, source=source, target=target)


def _known(name: str, known: Mapping[str, UUID]) -> UUID:
    if name not in known:
        raise LocalIdUnknown(name)
    return known[name]


def _with_references(payload: Json, references: Mapping[str, str], known: Mapping[str, UUID]) -> Json:
    for pointer, name in references.items():
        payload = _with(payload, pointer, str(_known(name, known)))
    return payload


def _with(payload: Json, pointer: str, value: str) -> Json:
    """Returns the payload with the value at the pointer. It replaces a value that is there, or adds one."""
    insertion: dict[str, Json] = {"path": pointer, "value": value}
    try:
        try:
            return JsonPatch.parse([{"op": "replace", **insertion}]).apply(payload)
        except PatchConflict:
            return JsonPatch.parse([{"op": "add", **insertion}]).apply(payload)
    except (MalformedPatch, PatchConflict) as error:
        raise ReferenceMisplaced(pointer) from error
