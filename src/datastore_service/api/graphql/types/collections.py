"""The types of collections."""

from datetime import datetime
from enum import Enum
from typing import Any, Final, Literal, Self

import strawberry

from datastore_service.api.graphql.compiled_fields import Interpreted, Member, compiled
from datastore_service.api.graphql.context import Info
from datastore_service.api.graphql.loaders import loaded
from datastore_service.api.graphql.types.indexes import PayloadIndex, indexes_of
from datastore_service.api.graphql.types.inputs import document_of, expectation, given_members
from datastore_service.api.graphql.types.relay import ID, Node, PageInfo, page_info_of
from datastore_service.api.graphql.types.scalars import JSON
from datastore_service.api.graphql.types.user_errors import UserError
from datastore_service.api.http import descriptions
from datastore_service.application.read.pagination import Cursor, Page
from datastore_service.application.views import CollectionView
from datastore_service.application.write.commands.delete_collection import DeleteCollection
from datastore_service.application.write.commands.patch_collection import PatchCollection
from datastore_service.application.write.commands.put_collection import PutCollection
from datastore_service.domain.collections.retention import Retention as Kept
from datastore_service.domain.json_value import Json
from datastore_service.domain.records.patches import MergePatch
from datastore_service.domain.typed.model import CollectionApi as Api

_ID_PREFIX: Final = "collection:"
_USER_ERRORS: Final = "Why the mutation was refused; empty if it was carried out."
_VERSION: Final = "Refuse unless the collection is at this version (If-Match in REST)."


@strawberry.type(description="How much of each record's history a collection keeps: one of the two.")
class Retention:
    revisions: int | None = strawberry.field(description=descriptions.KEPT_REVISIONS)
    days: int | None = strawberry.field(description=descriptions.KEPT_DAYS)


def _value(name: str, description: str) -> Any:  # noqa: ANN401 - Strawberry unwraps it to the member's value
    return strawberry.enum_value(name, description=description)


@strawberry.enum(description="What `node(id:)` returns for the records of a typed collection.")
class CollectionNode(Enum):
    typed = _value("typed", "The type of the collection.")
    record = _value("record", "`Record`.")


@strawberry.enum(description="What a change of a typed collection may break.")
class ChangeEffect(Enum):
    readers = _value("readers", "Clients that read records.")
    writers = _value("writers", "Clients that write records.")
    trusted_documents = _value("trusted_documents", "Trusted documents.")


@strawberry.type(description="What a typed collection is called.")
class CollectionApi:
    type: str = strawberry.field(description="The type of its records.")
    one: str = strawberry.field(description="The root field of one record.")
    many: str = strawberry.field(description="The root field of a page.")
    node: CollectionNode = strawberry.field(description="What `node(id:)` returns for its records.")


@strawberry.type(description=descriptions.COLLECTION_ITSELF)
class Collection(Node):
    id: strawberry.ID = strawberry.field(description=ID, metadata=compiled(Member("name", prefix=_ID_PREFIX)))
    name: str = strawberry.field(description=descriptions.COLLECTION_NAME)
    schema: JSON | None = strawberry.field(description=descriptions.SCHEMA)
    retention: Retention | None = strawberry.field(description=descriptions.RETENTION, metadata=compiled(Interpreted()))
    api: CollectionApi | None = strawberry.field(description=descriptions.API, metadata=compiled(Interpreted()))
    typed_since: datetime | None = strawberry.field(
        description=descriptions.TYPED_SINCE, metadata=compiled(Interpreted())
    )
    version: int = strawberry.field(description=descriptions.COLLECTION_VERSION)
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When its settings last changed.")

    @strawberry.field(description="Its indexes, in the order of their paths.")
    async def indexes(self, info: Info) -> list[PayloadIndex]:
        return [PayloadIndex.of(index) for index in await loaded(info, indexes_of, self.name)]

    @classmethod
    def of(cls, view: CollectionView) -> Self:
        return cls(
            id=strawberry.ID(f"{_ID_PREFIX}{view.name}"),
            name=view.name,
            schema=None if view.schema is None else JSON(view.schema),
            retention=view.retention and Retention(revisions=view.retention.revisions, days=view.retention.days),
            api=view.api
            and CollectionApi(
                type=view.api.type, one=view.api.one, many=view.api.many, node=CollectionNode(view.api.node)
            ),
            typed_since=view.typed_since,
            version=view.version,
            created_at=view.created_at,
            updated_at=view.updated_at,
        )

    @staticmethod
    def name_in(id: strawberry.ID) -> str | None:
        """Returns the name of the collection with this object id, or None if the id is not a collection's."""
        return id.removeprefix(_ID_PREFIX) if id.startswith(_ID_PREFIX) else None


@strawberry.type(description="A collection in a list.")
class CollectionEdge:
    cursor: str = strawberry.field(description="For `after` and `before`.")
    node: Collection = strawberry.field(description="The collection.")


@strawberry.type(description="A page of collections.")
class CollectionConnection:
    edges: list[CollectionEdge] = strawberry.field(description="The collections with their cursors.")
    page_info: PageInfo = strawberry.field(description="The position of the page in the list.")

    @strawberry.field(description="The collections without their cursors.", metadata=compiled(Member()))
    def nodes(self) -> list[Collection]:
        return [edge.node for edge in self.edges]

    @classmethod
    def of(cls, page: Page[CollectionView]) -> Self:
        edges = [CollectionEdge(cursor=str(Cursor(view.id)), node=Collection.of(view)) for view in page.items]
        return cls(edges=edges, page_info=page_info_of(page, edges))


@strawberry.input(description="How much of each record's history to keep: exactly one of the two.")
class RetentionInput:
    revisions: int | None = strawberry.field(default=None, description=descriptions.KEPT_REVISIONS)
    days: int | None = strawberry.field(default=None, description=descriptions.KEPT_DAYS)


@strawberry.input(description="What a typed collection is to be called.")
class CollectionApiInput:
    type: str = strawberry.field(description="The type of its records.")
    one: str | None = strawberry.field(
        default=None, description="The root field of one record; by default the type, its first letter lowered."
    )
    many: str | None = strawberry.field(
        default=None, description="The root field of a page; by default the collection's name."
    )
    node: CollectionNode = strawberry.field(
        default=CollectionNode.typed, description="What `node(id:)` returns for its records."
    )

    def of(self, collection: str) -> Api:
        """Returns the names, with those that were not given."""
        return Api.of(collection, type_name=self.type, one=self.one, many=self.many, node=self.node.value)


@strawberry.input(description="A change of what a typed collection is called; null stands for the default.")
class CollectionApiPatchInput:
    type: str | None = strawberry.field(default=strawberry.UNSET, description="The type of its records.")
    one: str | None = strawberry.field(default=strawberry.UNSET, description="The root field of one record.")
    many: str | None = strawberry.field(default=strawberry.UNSET, description="The root field of a page.")
    node: CollectionNode | None = strawberry.field(
        default=strawberry.UNSET, description="What `node(id:)` returns for its records."
    )


@strawberry.input(description="The new settings of a collection.")
class PutCollectionInput:
    name: str = strawberry.field(description=descriptions.COLLECTION_NAME)
    schema: JSON | None = strawberry.field(default=None, description=descriptions.SCHEMA)
    retention: RetentionInput | None = strawberry.field(default=None, description=descriptions.RETENTION)
    api: CollectionApiInput | None = strawberry.field(default=strawberry.UNSET, description=descriptions.API_OF_CONTENT)
    allow: list[ChangeEffect] = strawberry.field(default_factory=list[ChangeEffect], description=descriptions.ALLOW)
    expected_version: int | None = strawberry.field(default=None, description=_VERSION)

    def command(self) -> PutCollection:
        kept = self.retention
        api: Api | Literal["keep"] | None = "keep"
        if self.api is not strawberry.UNSET:
            api = self.api and self.api.of(self.name)
        return PutCollection(
            name=self.name,
            schema=document_of(self.schema),
            retention=kept and Kept(revisions=kept.revisions, days=kept.days),
            api=api,
            allow=frozenset(effect.value for effect in self.allow),
            precondition=expectation(self.expected_version),
        )


@strawberry.input(description="A change of a retention: members that are left out stay; a null removes the number.")
class RetentionPatchInput:
    revisions: int | None = strawberry.field(default=strawberry.UNSET, description=descriptions.KEPT_REVISIONS)
    days: int | None = strawberry.field(default=strawberry.UNSET, description=descriptions.KEPT_DAYS)


@strawberry.input(description="A change of a collection: members that are left out stay as they are.")
class PatchCollectionInput:
    name: str = strawberry.field(description=descriptions.COLLECTION_NAME)
    schema: JSON | None = strawberry.field(default=strawberry.UNSET, description=descriptions.SCHEMA_PATCH)
    retention: RetentionPatchInput | None = strawberry.field(
        default=strawberry.UNSET, description=descriptions.RETENTION_PATCH
    )
    api: CollectionApiPatchInput | None = strawberry.field(default=strawberry.UNSET, description=descriptions.API_PATCH)
    allow: list[ChangeEffect] = strawberry.field(default_factory=list[ChangeEffect], description=descriptions.ALLOW)
    expected_version: int | None = strawberry.field(default=None, description=_VERSION)

    def command(self) -> PatchCollection:
        document: dict[str, Json] = {}
        if self.schema is not strawberry.UNSET:
            document["schema"] = document_of(self.schema)
        if self.retention is not strawberry.UNSET:
            document["retention"] = self.retention and given_members(self.retention)
        if self.api is not strawberry.UNSET:
            names = self.api and given_members(self.api)
            node = names and names.get("node")
            document["api"] = {**names, "node": node.value} if names and isinstance(node, CollectionNode) else names
        return PatchCollection(
            name=self.name,
            patch=MergePatch(document),
            precondition=expectation(self.expected_version),
            allow=frozenset(effect.value for effect in self.allow),
        )


@strawberry.input(description="A collection to delete.")
class DeleteCollectionInput:
    name: str = strawberry.field(description=descriptions.COLLECTION_NAME)
    expected_version: int | None = strawberry.field(default=None, description=_VERSION)

    def command(self) -> DeleteCollection:
        return DeleteCollection(name=self.name, precondition=expectation(self.expected_version))


@strawberry.type(description="The result of `putCollection`.")
class PutCollectionPayload:
    collection: Collection | None = strawberry.field(
        default=None, description="The collection as it is now; null if the mutation was refused."
    )
    created: bool | None = strawberry.field(
        default=None, description="Whether the collection is new; null if the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)


@strawberry.type(description="The result of `patchCollection`.")
class PatchCollectionPayload:
    collection: Collection | None = strawberry.field(
        default=None, description="The collection as it is now; null if the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)


@strawberry.type(description="The result of `deleteCollection`.")
class DeleteCollectionPayload:
    name: str | None = strawberry.field(
        default=None, description="The deleted collection's name; null if the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)
