"""Consumers in GraphQL: the types."""

from datetime import datetime
from typing import Self

import strawberry

from datastore_service.api.graphql.types.user_errors import UserError
from datastore_service.api.http import descriptions
from datastore_service.api.http.changes import since_of
from datastore_service.application.feed.consumer import ConsumerView
from datastore_service.application.feed.start_position import Edge
from datastore_service.application.feed.use_cases.patch_consumer import PatchConsumer
from datastore_service.application.feed.use_cases.put_consumer import PutConsumer
from datastore_service.domain.errors import InvalidValue


@strawberry.type(description="A follower of the changes whose place in the log the service keeps.")
class Consumer:
    name: str = strawberry.field(description=descriptions.CONSUMER_NAME)
    cursor: str = strawberry.field(description="All changes before it are acknowledged.")
    lag_changes: int = strawberry.field(description=descriptions.LAG_CHANGES)
    lag_seconds: float = strawberry.field(description=descriptions.LAG_SECONDS)
    created_at: datetime = strawberry.field(description="When it was made.")
    acknowledged_at: datetime = strawberry.field(description="When it was moved last.")

    @classmethod
    def of(cls, view: ConsumerView) -> Self:
        consumer = view.consumer
        return cls(
            name=consumer.name,
            cursor=str(consumer.position),
            lag_changes=view.lag_changes,
            lag_seconds=view.lag_seconds,
            created_at=consumer.created_at,
            acknowledged_at=consumer.acknowledged_at,
        )


@strawberry.input(description="How far a consumer has come.")
class PutConsumerInput:
    name: str = strawberry.field(description=descriptions.CONSUMER_NAME)
    cursor: str = strawberry.field(default="beginning", description=descriptions.CONSUMER_CURSOR)
    rewind: bool = strawberry.field(default=False, description=descriptions.REWIND)

    def command(self) -> PutConsumer:
        return PutConsumer(name=self.name, since=since_of(self.cursor, "cursor", Edge.BEGINNING), rewind=self.rewind)


@strawberry.input(description="Where a consumer that is there is moved to.")
class PatchConsumerInput:
    name: str = strawberry.field(description=descriptions.CONSUMER_NAME)
    cursor: str | None = strawberry.field(default=strawberry.UNSET, description=descriptions.CONSUMER_MOVED)
    rewind: bool = strawberry.field(default=False, description=descriptions.REWIND)

    def command(self) -> PatchConsumer:
        """Returns what it is to the application.

        Raises:
            InvalidValue: The cursor is null.
        """
        if self.cursor is None:
            raise InvalidValue("/cursor", "cursor cannot be null; left out, it stays as it is.")
        since = None if self.cursor is strawberry.UNSET else since_of(self.cursor, "cursor", Edge.BEGINNING)
        return PatchConsumer(name=self.name, since=since, rewind=self.rewind)


@strawberry.input(description="A consumer to forget.")
class DeleteConsumerInput:
    name: str = strawberry.field(description=descriptions.CONSUMER_NAME)


@strawberry.type(description="What came of `putConsumer`.")
class PutConsumerPayload:
    consumer: Consumer | None = strawberry.field(
        default=None, description="The consumer as it is now; null where the mutation was refused."
    )
    created: bool | None = strawberry.field(
        default=None, description="Whether there was no such consumer before; null where the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list[UserError], description="Why the mutation was refused; empty where it was carried out."
    )


@strawberry.type(description="What came of `patchConsumer`.")
class PatchConsumerPayload:
    consumer: Consumer | None = strawberry.field(
        default=None, description="The consumer as it is now; null where the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list[UserError], description="Why the mutation was refused; empty where it was carried out."
    )


@strawberry.type(description="What came of `deleteConsumer`.")
class DeleteConsumerPayload:
    name: str | None = strawberry.field(
        default=None, description="The forgotten consumer's name; null where the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list[UserError], description="Why the mutation was refused; empty where it was carried out."
    )
