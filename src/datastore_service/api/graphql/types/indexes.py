"""Indexes in GraphQL: the types."""

from collections.abc import Sequence
from enum import Enum
from typing import Final, Self

import strawberry

from datastore_service.api.graphql.types.user_errors import UserError
from datastore_service.api.http import descriptions
from datastore_service.application.mediator import Sender
from datastore_service.application.read.queries.list_indexes import ListIndexes
from datastore_service.application.views import IndexView
from datastore_service.domain.errors import CollectionNotFound, DomainError

_USER_ERRORS: Final = "Why the mutation was refused; empty where it was carried out."


@strawberry.enum(description="How far an index has come.")
class IndexState(Enum):
    building = strawberry.enum_value("building", description="It is being built.")
    ready = strawberry.enum_value("ready", description="It serves filters and orders.")
    failed = strawberry.enum_value("failed", description="It serves nothing, and can be created again.")


@strawberry.type(description=descriptions.INDEX)
class PayloadIndex:
    path: str = strawberry.field(description=descriptions.INDEX_PATH)
    state: IndexState = strawberry.field(description="How far it has come.")
    progress: float | None = strawberry.field(description=descriptions.INDEX_PROGRESS)
    size: float | None = strawberry.field(description=descriptions.INDEX_SIZE)
    failure: str | None = strawberry.field(description=descriptions.INDEX_FAILURE)

    @classmethod
    def of(cls, index: IndexView) -> Self:
        return cls(
            path=index.path,
            state=IndexState(index.state),
            progress=index.progress,
            size=index.size,
            failure=index.failure,
        )


@strawberry.input(description="A collection, and a place in its payloads.")
class IndexInput:
    collection: str = strawberry.field(description=descriptions.COLLECTION_NAME)
    path: str = strawberry.field(description=descriptions.INDEX_PATH)

    def user_error(self, error: DomainError) -> UserError:
        """Says what a refusal means."""
        refusal = UserError.of(error)
        if isinstance(error, CollectionNotFound):
            refusal.path = ["collection"]
        return refusal


@strawberry.type(description="What came of `createIndex`.")
class CreateIndexPayload:
    index: PayloadIndex | None = strawberry.field(
        default=None, description="The index, which as a rule is still being built; null where it was refused."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)


@strawberry.type(description="What came of `dropIndex`.")
class DropIndexPayload:
    dropped: bool = strawberry.field(default=False, description="Whether there was such an index.")
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)


async def indexes_of(mediator: Sender, collections: Sequence[str]) -> Sequence[Sequence[IndexView]]:
    """Returns the indexes of each of the collections."""
    found = await mediator.send(ListIndexes(collections=collections))
    return [found.get(collection, ()) for collection in collections]
