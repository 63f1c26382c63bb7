"""The types of indexes."""

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

_USER_ERRORS: Final = "Why the mutation was refused; empty if it was carried out."


@strawberry.enum(description="The state of an index.")
class IndexState(Enum):
    building = strawberry.enum_value("building", description="It is being built.")
    ready = strawberry.enum_value("ready", description="Filters and orders use it.")
    failed = strawberry.enum_value("failed", description="It is not used, and can be created again.")


@strawberry.type(description=descriptions.INDEX)
class PayloadIndex:
    path: str = strawberry.field(description=descriptions.INDEX_PATH)
    state: IndexState = strawberry.field(description="Its state.")
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


@strawberry.input(description="A collection, and a path in its payloads.")
class IndexInput:
    collection: str = strawberry.field(description=descriptions.COLLECTION_NAME)
    path: str = strawberry.field(description=descriptions.INDEX_PATH)

    def user_error(self, error: DomainError) -> UserError:
        """Translates a refusal."""
        refusal = UserError.of(error)
        if isinstance(error, CollectionNotFound):
            refusal.path = ["collection"]
        return refusal


@strawberry.type(description="The result of `createIndex`.")
class CreateIndexPayload:
    index: PayloadIndex | None = strawberry.field(
        default=None, description="The index, usually still being built; null if the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)


@strawberry.type(description="The result of `dropIndex`.")
class DropIndexPayload:
    dropped: bool = strawberry.field(default=False, description="Whether the index existed.")
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)


async def indexes_of(mediator: Sender, collections: Sequence[str]) -> Sequence[Sequence[IndexView]]:
    """Returns the indexes of each of the collections."""
    found = await mediator.send(ListIndexes(collections=collections))
    return [found.get(collection, ()) for collection in collections]
