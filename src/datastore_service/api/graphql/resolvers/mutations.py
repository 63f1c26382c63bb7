"""The mutations: each sends one command."""

from operator import attrgetter
from typing import Annotated, Final

import strawberry

from datastore_service.api.graphql.compiled_fields import InputCommand, compiled
from datastore_service.api.graphql.context import Info
from datastore_service.api.graphql.types.batches import ApplyBatchInput, ApplyBatchPayload, BatchResult
from datastore_service.api.graphql.types.collections import (
    Collection,
    DeleteCollectionInput,
    DeleteCollectionPayload,
    PatchCollectionInput,
    PatchCollectionPayload,
    PutCollectionInput,
    PutCollectionPayload,
)
from datastore_service.api.graphql.types.indexes import (
    CreateIndexPayload,
    DropIndexPayload,
    IndexInput,
    PayloadIndex,
)
from datastore_service.api.graphql.types.inputs import (
    CreateRecordInput,
    DeleteRecordInput,
    PatchRecordInput,
    ReplaceRecordInput,
    RestoreRecordInput,
    RevertRecordInput,
)
from datastore_service.api.graphql.types.links import Link, LinkInput, LinkRecordsPayload, UnlinkRecordsPayload
from datastore_service.api.graphql.types.payloads import DeleteRecordPayload, RecordPayload, ReplaceRecordPayload
from datastore_service.api.graphql.types.records import Record
from datastore_service.api.graphql.types.reverts import RevertCollectionInput, RevertCollectionPayload, Reverted
from datastore_service.api.graphql.types.user_errors import UserError
from datastore_service.api.http import descriptions
from datastore_service.application.write.commands.apply_batch import ApplyBatch
from datastore_service.application.write.commands.create_index import CreateIndex
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_collection import DeleteCollection
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.drop_index import DropIndex
from datastore_service.application.write.commands.link_records import LinkRecords
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.put_collection import PutCollection
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.restore_record import RestoreRecord
from datastore_service.application.write.commands.revert_collection import RevertCollection
from datastore_service.application.write.commands.revert_record import RevertRecord
from datastore_service.application.write.commands.unlink_records import UnlinkRecords
from datastore_service.domain.errors import DomainError

_INPUT: Final = strawberry.argument(description="The input of the mutation.")
_RECORD: Final = compiled(InputCommand({"record": attrgetter("result")}))
_REPLACED: Final = compiled(
    InputCommand({"record": attrgetter("result.record"), "created": attrgetter("result.created")})
)
_DELETED: Final = compiled(InputCommand({"id": attrgetter("input.id")}))
_APPLIED: Final = compiled(InputCommand({"results": attrgetter("result")}))


@strawberry.type(
    description="The mutations. The fields of one request are executed one after the other, each on its own."
)
class Mutation:
    @strawberry.mutation(description=CreateRecord.__doc__, metadata=_RECORD)
    async def create_record(self, info: Info, input: Annotated[CreateRecordInput, _INPUT]) -> RecordPayload | None:
        try:
            return RecordPayload(record=Record.of(await info.context.mediator.send(input.command())))
        except DomainError as error:
            return RecordPayload(user_errors=[UserError.of(error)])

    @strawberry.mutation(description=ReplaceRecord.__doc__, metadata=_REPLACED)
    async def replace_record(
        self, info: Info, input: Annotated[ReplaceRecordInput, _INPUT]
    ) -> ReplaceRecordPayload | None:
        try:
            replaced = await info.context.mediator.send(input.command())
            return ReplaceRecordPayload(record=Record.of(replaced.record), created=replaced.created)
        except DomainError as error:
            precondition = "expectedVersion" if input.expected_version is not None else "expectExisting"
            return ReplaceRecordPayload(user_errors=[UserError.of(error, precondition=precondition)])

    @strawberry.mutation(description=PatchRecord.__doc__, metadata=_RECORD)
    async def patch_record(self, info: Info, input: Annotated[PatchRecordInput, _INPUT]) -> RecordPayload | None:
        try:
            return RecordPayload(record=Record.of(await info.context.mediator.send(input.command())))
        except DomainError as error:
            return RecordPayload(user_errors=[UserError.of(error, patch="patch")])

    @strawberry.mutation(description=DeleteRecord.__doc__, metadata=_DELETED)
    async def delete_record(
        self, info: Info, input: Annotated[DeleteRecordInput, _INPUT]
    ) -> DeleteRecordPayload | None:
        try:
            await info.context.mediator.send(input.command())
        except DomainError as error:
            return DeleteRecordPayload(user_errors=[UserError.of(error)])
        return DeleteRecordPayload(id=input.id)

    @strawberry.mutation(description=RestoreRecord.__doc__, metadata=_RECORD)
    async def restore_record(self, info: Info, input: Annotated[RestoreRecordInput, _INPUT]) -> RecordPayload | None:
        try:
            return RecordPayload(record=Record.of(await info.context.mediator.send(input.command())))
        except DomainError as error:
            return RecordPayload(user_errors=[UserError.of(error)])

    @strawberry.mutation(description=RevertRecord.__doc__, metadata=_RECORD)
    async def revert_record(self, info: Info, input: Annotated[RevertRecordInput, _INPUT]) -> RecordPayload | None:
        try:
            return RecordPayload(record=Record.of(await info.context.mediator.send(input.command())))
        except DomainError as error:
            return RecordPayload(user_errors=[UserError.of(error, members={"history_expired": "version"})])

    @strawberry.mutation(description=ApplyBatch.__doc__, metadata=_APPLIED)
    async def apply_batch(self, info: Info, input: Annotated[ApplyBatchInput, _INPUT]) -> ApplyBatchPayload | None:
        try:
            applied = await info.context.mediator.send(input.command())
        except DomainError as error:
            return ApplyBatchPayload(user_errors=[UserError.of(error, patch=input.patch_at(error))])
        return ApplyBatchPayload(results=[BatchResult.of(operation) for operation in applied])

    @strawberry.mutation(description=LinkRecords.__doc__)
    async def link_records(self, info: Info, input: Annotated[LinkInput, _INPUT]) -> LinkRecordsPayload | None:
        try:
            linked = await info.context.mediator.send(input.link())
        except DomainError as error:
            return LinkRecordsPayload(user_errors=[input.user_error(error)])
        return LinkRecordsPayload(link=Link.of(linked.link), created=linked.created)

    @strawberry.mutation(description=UnlinkRecords.__doc__)
    async def unlink_records(self, info: Info, input: Annotated[LinkInput, _INPUT]) -> UnlinkRecordsPayload | None:
        try:
            await info.context.mediator.send(input.unlink())
        except DomainError as error:
            return UnlinkRecordsPayload(user_errors=[input.user_error(error)])
        return UnlinkRecordsPayload(removed=True)

    @strawberry.mutation(description=PutCollection.__doc__)
    async def put_collection(
        self, info: Info, input: Annotated[PutCollectionInput, _INPUT]
    ) -> PutCollectionPayload | None:
        try:
            put = await info.context.mediator.send(input.command())
        except DomainError as error:
            return PutCollectionPayload(user_errors=[UserError.of(error)])
        return PutCollectionPayload(collection=Collection.of(put.collection), created=put.created)

    @strawberry.mutation(description=descriptions.PATCH_COLLECTION)
    async def patch_collection(
        self, info: Info, input: Annotated[PatchCollectionInput, _INPUT]
    ) -> PatchCollectionPayload | None:
        try:
            patched = await info.context.mediator.send(input.command())
        except DomainError as error:
            return PatchCollectionPayload(user_errors=[UserError.of(error)])
        return PatchCollectionPayload(collection=Collection.of(patched))

    @strawberry.mutation(description=DeleteCollection.__doc__)
    async def delete_collection(
        self, info: Info, input: Annotated[DeleteCollectionInput, _INPUT]
    ) -> DeleteCollectionPayload | None:
        try:
            await info.context.mediator.send(input.command())
        except DomainError as error:
            return DeleteCollectionPayload(user_errors=[UserError.of(error)])
        return DeleteCollectionPayload(name=input.name)

    @strawberry.mutation(description=CreateIndex.__doc__)
    async def create_index(self, info: Info, input: Annotated[IndexInput, _INPUT]) -> CreateIndexPayload | None:
        try:
            index = await info.context.mediator.send(CreateIndex(collection=input.collection, path=input.path))
        except DomainError as error:
            return CreateIndexPayload(user_errors=[input.user_error(error)])
        return CreateIndexPayload(index=PayloadIndex.of(index))

    @strawberry.mutation(description=DropIndex.__doc__)
    async def drop_index(self, info: Info, input: Annotated[IndexInput, _INPUT]) -> DropIndexPayload | None:
        try:
            await info.context.mediator.send(DropIndex(collection=input.collection, path=input.path))
        except DomainError as error:
            return DropIndexPayload(user_errors=[input.user_error(error)])
        return DropIndexPayload(dropped=True)

    @strawberry.mutation(description=RevertCollection.__doc__)
    async def revert_collection(
        self, info: Info, input: Annotated[RevertCollectionInput, _INPUT]
    ) -> RevertCollectionPayload | None:
        try:
            reverted = await info.context.mediator.send(input.command())
        except DomainError as error:
            return RevertCollectionPayload(user_errors=[UserError.of(error, members={"history_expired": "asOf"})])
        return RevertCollectionPayload(records=[Reverted.of(record) for record in reverted])
