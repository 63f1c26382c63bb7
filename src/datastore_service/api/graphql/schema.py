"""The schema: each field sends one message."""

from collections.abc import Callable
from typing import Final, override
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry.extensions import DisableIntrospection, ParserCache, SchemaExtension, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from datastore_service.api.dependencies import page_size
from datastore_service.api.graphql.context import Info
from datastore_service.api.graphql.inputs import (
    CreateRecordInput,
    DeleteRecordInput,
    PatchRecordInput,
    ReplaceRecordInput,
    document_of,
    expectation,
    given_payload,
)
from datastore_service.api.graphql.scalars import SCALARS
from datastore_service.api.graphql.types import (
    DeleteRecordPayload,
    Node,
    Record,
    RecordConnection,
    RecordPayload,
    ReplaceRecordPayload,
)
from datastore_service.application.commands.create_record import CreateRecord
from datastore_service.application.commands.delete_record import DeleteRecord
from datastore_service.application.commands.patch_record import PatchRecord
from datastore_service.application.commands.replace_record import ReplaceRecord
from datastore_service.application.pagination import Cursor, PageRequest
from datastore_service.application.queries.get_record import GetRecord
from datastore_service.application.queries.list_records import ListRecords
from datastore_service.config.settings import GraphQLSettings, LimitSettings
from datastore_service.domain.errors import InvalidValue, RecordDeleted, RecordNotFound
from datastore_service.domain.records.patches import MergePatch

_CACHED_DOCUMENTS: Final = 500


async def _record(info: Info, record_id: UUID) -> Record | None:
    try:
        return Record.of(await info.context.mediator.send(GetRecord(id=record_id)))
    except (RecordNotFound, RecordDeleted):
        return None


@strawberry.type
class Query:
    """What can be read."""

    @strawberry.field(description="The object with this id, or null.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        try:
            return await _record(info, UUID(id))
        except ValueError:
            return None

    @strawberry.field(description=f"{GetRecord.__doc__} Null where there is none, or only a tombstone.")
    async def record(self, info: Info, id: UUID) -> Record | None:
        return await _record(info, id)

    @strawberry.field(description=ListRecords.__doc__)
    async def records(
        self,
        info: Info,
        collection: str | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> RecordConnection:
        page = _page_request(info.context.limits, first, after, last, before)
        return RecordConnection.of(await info.context.mediator.send(ListRecords(collection=collection, page=page)))


@strawberry.type
class Mutation:
    """What can be changed. The fields of one request are carried out one after the other, each by itself."""

    @strawberry.mutation(description=CreateRecord.__doc__)
    async def create_record(self, info: Info, input: CreateRecordInput) -> RecordPayload | None:
        command = CreateRecord(
            id=input.id, collection=input.collection, payload=given_payload(input.payload), tags=input.tags
        )
        return RecordPayload(record=Record.of(await info.context.mediator.send(command)))

    @strawberry.mutation(description=ReplaceRecord.__doc__)
    async def replace_record(self, info: Info, input: ReplaceRecordInput) -> ReplaceRecordPayload | None:
        command = ReplaceRecord(
            id=input.id,
            collection=input.collection,
            payload=given_payload(input.payload),
            tags=input.tags,
            precondition=expectation(input.expected_version, existing=input.expect_existing),
        )
        replaced = await info.context.mediator.send(command)
        return ReplaceRecordPayload(record=Record.of(replaced.record), created=replaced.created)

    @strawberry.mutation(description=PatchRecord.__doc__)
    async def patch_record(self, info: Info, input: PatchRecordInput) -> RecordPayload | None:
        command = PatchRecord(
            id=input.id, patch=MergePatch(document_of(input.patch)), precondition=expectation(input.expected_version)
        )
        return RecordPayload(record=Record.of(await info.context.mediator.send(command)))

    @strawberry.mutation(description=DeleteRecord.__doc__)
    async def delete_record(self, info: Info, input: DeleteRecordInput) -> DeleteRecordPayload | None:
        command = DeleteRecord(id=input.id, precondition=expectation(input.expected_version))
        await info.context.mediator.send(command)
        return DeleteRecordPayload(id=input.id)


def _page_request(
    limits: LimitSettings, first: int | None, after: str | None, last: int | None, before: str | None
) -> PageRequest:
    if first is not None and last is not None:
        raise InvalidValue("/last", "Ask for the first items or for the last, not for both.")
    parameter, size = ("first", first) if last is None else ("last", last)
    return PageRequest(
        limit=page_size(size, limits, parameter),
        after=None if after is None else Cursor.parse(after, "after"),
        before=None if before is None else Cursor.parse(before, "before"),
        backwards=last is not None,
    )


class _QuietSchema(strawberry.Schema):
    @override
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Logs nothing: `api/problems.py` decides which errors are worth it."""


def build_schema(settings: GraphQLSettings) -> strawberry.Schema:
    """Makes the executable schema."""
    extensions: list[Callable[[], SchemaExtension]] = [
        lambda: ParserCache(maxsize=_CACHED_DOCUMENTS),
        lambda: ValidationCache(maxsize=_CACHED_DOCUMENTS),
    ]
    if not settings.introspection:
        extensions.append(DisableIntrospection)
    return _QuietSchema(
        query=Query,
        mutation=Mutation,
        types=[Record],
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=extensions,
    )
