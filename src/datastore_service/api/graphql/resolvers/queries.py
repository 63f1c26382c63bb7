"""The queries: each field sends one message."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from datastore_service.api.graphql.compiled_fields import NotCompiled, Root, RootQuery, compiled
from datastore_service.api.graphql.context import Info
from datastore_service.api.graphql.resolvers.selected import costly_members, costly_members_of
from datastore_service.api.graphql.types.collections import Collection, CollectionConnection
from datastore_service.api.graphql.types.criteria import criteria_of
from datastore_service.api.graphql.types.filters import RecordFilter, RecordOrder
from datastore_service.api.graphql.types.pages import After, Before, First, Last, PageArguments
from datastore_service.api.graphql.types.records import Record, RecordConnection
from datastore_service.api.graphql.types.relay import Node, uuid_of
from datastore_service.api.http import descriptions
from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.application.read.queries.count_records import CountRecords
from datastore_service.application.read.queries.get_collection import GetCollection
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.get_records import GetRecords
from datastore_service.application.read.queries.list_collections import ListCollections
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.read.selections import Constant, Part
from datastore_service.domain.errors import CollectionNotFound, RecordDeleted, RecordNotFound, RevisionNotFound
from datastore_service.domain.records.values import is_collection_name

ORDER_BY: Final = "The order of the list: by the first of these, then by the next; equal records by id."


def _read_record(root: Root, /, **arguments: Any) -> Part:  # noqa: ANN401 - those of GetRecord
    return Part(root.of("Record"), [GetRecord(**arguments)])


def _read_collection(root: Root, /, *, name: str) -> Part:
    if not is_collection_name(name):
        raise NotCompiled
    return Part(root.of("Collection"), [GetCollection(name=name)])


def _read_node(root: Root, /, *, id: strawberry.ID) -> Constant | Part:
    name = Collection.name_in(id)
    if name is not None:
        return _read_collection(root, name=name)
    record_id = uuid_of(id)
    return root.nothing if record_id is None else _read_record(root, id=record_id)


def _read_nodes(root: Root, /, *, ids: list[strawberry.ID]) -> Part:
    found = [uuid_of(node_id) for node_id in ids]
    known = [record_id for record_id in found if record_id is not None]
    if len(known) < len(ids) or len(ids) > root.graphql.max_ids:
        raise NotCompiled
    return Part(root.of("Record"), [GetRecords(ids=known)])


def _read_records(
    root: Root,
    /,
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    **asked: Any,  # noqa: ANN401 - the arguments of criteria_of
) -> Part:
    shape, criteria = root.of("RecordConnection"), criteria_of(**asked)
    counted = [CountRecords(criteria=criteria)] if shape.has("total_count") else []
    page = PageArguments(first, after, last, before).uncut_request(
        root.limits, lambda text, name: root.cursors.read(text, criteria.scope, name)
    )
    return Part(shape, [ListRecords(criteria=criteria, page=page, members=costly_members_of(shape)), *counted])


def _read_collections(
    root: Root,
    /,
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> Part:
    page = PageArguments(first, after, last, before).uncut_request(root.limits)
    return Part(root.of("CollectionConnection"), [ListCollections(page=page)])


@strawberry.type(description="The queries.")
class Query:
    @strawberry.field(
        description="The object with this id, or null (Relay's object identification).",
        metadata=compiled(RootQuery(_read_node)),
    )
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The object's id.")]
    ) -> Node | None:
        return await _node(info, id)

    @strawberry.field(
        description="The objects with these ids, in the same order; null for an id without an object.",
        metadata=compiled(RootQuery(_read_nodes)),
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="The ids of the objects.")],
    ) -> list[Node | None]:
        limit = info.context.graphql.max_ids
        if len(ids) > limit:
            raise RequestRefused(Problem("too_many_ids", f"ids: {len(ids)} are too many; the maximum is {limit}."))
        uuids = [uuid_of(text) for text in ids]
        known = [uuid for uuid in uuids if uuid is not None]
        views = await info.context.mediator.send(GetRecords(ids=known))
        records = {view.id: Record.of(view) for view in views if view is not None}
        return [records.get(uuid) if uuid else await _node(info, text) for text, uuid in zip(ids, uuids, strict=True)]

    @strawberry.field(
        description=f"{GetRecord.__doc__} Null if there is none, or only a tombstone.",
        metadata=compiled(RootQuery(_read_record)),
    )
    async def record(
        self,
        info: Info,
        id: Annotated[UUID, strawberry.argument(description=descriptions.RECORD_ID)],
        version: Annotated[int | None, strawberry.argument(description=descriptions.AT_VERSION)] = None,
        as_of: Annotated[datetime | None, strawberry.argument(description=descriptions.AS_OF)] = None,
    ) -> Record | None:
        return await _record(info, GetRecord(id=id, version=version, as_of=as_of))

    @strawberry.field(description=ListRecords.__doc__, metadata=compiled(RootQuery(_read_records)))
    async def records(
        self,
        info: Info,
        collection: Annotated[str | None, strawberry.argument(description=descriptions.ONLY_COLLECTION)] = None,
        filter: Annotated[RecordFilter | None, strawberry.argument(description=descriptions.FILTER_TREE)] = None,
        search: Annotated[str | None, strawberry.argument(description=descriptions.SEARCH)] = None,
        order_by: Annotated[list[RecordOrder] | None, strawberry.argument(description=ORDER_BY)] = None,
        tags: Annotated[
            list[str] | None, strawberry.argument(description="Only records with all of these tags.")
        ] = None,
        include_deleted: Annotated[bool, strawberry.argument(description=descriptions.INCLUDE_DELETED)] = False,
        first: Annotated[
            int | None, strawberry.argument(description="The number of records, from the beginning.")
        ] = None,
        after: After = None,
        last: Annotated[int | None, strawberry.argument(description="The number of records, from the end.")] = None,
        before: Before = None,
        as_of: Annotated[datetime | None, strawberry.argument(description=descriptions.AS_OF)] = None,
    ) -> RecordConnection:
        criteria = criteria_of(
            collection=collection,
            filter=filter,
            search=search,
            order_by=order_by,
            tags=tags,
            include_deleted=include_deleted,
            as_of=as_of,
        )
        asked, cursors = PageArguments(first, after, last, before), info.context.cursors
        page = asked.request(info.context.limits, lambda text, name: cursors.read(text, criteria.scope, name))
        found = await info.context.mediator.send(
            ListRecords(criteria=criteria, page=page, members=costly_members(info))
        )
        return RecordConnection.of(asked.cut(found), criteria, cursors)

    @strawberry.field(
        description=f"{GetCollection.__doc__} Null if there is none.", metadata=compiled(RootQuery(_read_collection))
    )
    async def collection(
        self, info: Info, name: Annotated[str, strawberry.argument(description=descriptions.COLLECTION_NAME)]
    ) -> Collection | None:
        return await _collection(info, name)

    @strawberry.field(description=ListCollections.__doc__, metadata=compiled(RootQuery(_read_collections)))
    async def collections(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> CollectionConnection:
        asked = PageArguments(first, after, last, before)
        page = asked.request(info.context.limits)
        return CollectionConnection.of(asked.cut(await info.context.mediator.send(ListCollections(page=page))))


async def _node(info: Info, id: strawberry.ID) -> Node | None:
    name = Collection.name_in(id)
    if name is not None:
        return await _collection(info, name)
    record_id = uuid_of(id)
    return None if record_id is None else await _record(info, GetRecord(id=record_id))


async def _collection(info: Info, name: str) -> Collection | None:
    try:
        return Collection.of(await info.context.mediator.send(GetCollection(name=name)))
    except CollectionNotFound:
        return None


async def _record(info: Info, query: GetRecord) -> Record | None:
    try:
        return Record.of(await info.context.mediator.send(query))
    except (RecordNotFound, RecordDeleted, RevisionNotFound):
        return None
