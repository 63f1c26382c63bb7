"""The types of consumers."""

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


@strawberry.type(description="A reader of the change log whose position the service keeps.")
class Consumer:
    name: str = strawberry.field(description=descriptions.CONSUMER_NAME)
    cursor: str = strawberry.field(description="All changes up to here are acknowledged.")
    lag_changes: int = strawberry.field(description=descriptions.LAG_CHANGES)
    lag_seconds: float = strawberry.field(description=descriptions.LAG_SECONDS)
    created_at: datetime = strawberry.field(description="When it was created.")
    acknowledged_at: datetime = strawberry.field(description="When its position last changed.")

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


@strawberry.input(description="The new position of a consumer.")
class PutConsumerInput:
    name: str = strawberry.field(description=descriptions.CONSUMER_NAME)
    cursor: str = strawberry.field(default="beginning", description=descriptions.CONSUMER_CURSOR)
    rewind: bool = strawberry.field(default=False, description=descriptions.REWIND)

    def command(self) -> PutConsumer:
        return PutConsumer(name=self.name, since=since_of(self.cursor, "cursor", Edge.BEGINNING), rewind=self.rewind)


@strawberry.input(description="The new position of an existing consumer.")
class PatchConsumerInput:
    name: str = strawberry.field(description=descriptions.CONSUMER_NAME)
    cursor: str | None = strawberry.field(default=strawberry.UNSET, description=descriptions.CONSUMER_MOVED)
    rewind: bool = strawberry.field(default=False, description=descriptions.REWIND)

    def command(self) -> PatchConsumer:
        """Returns the command.

        Raises:
            InvalidValue: The cursor is null.
        """
        if self.cursor is None:
            raise InvalidValue("/cursor", "cursor cannot be null; leave it out to keep it.")
        since = None if self.cursor is strawberry.UNSET else since_of(self.cursor, "cursor", Edge.BEGINNING)
        return PatchConsumer(name=self.name, since=since, rewind=self.rewind)


@strawberry.input(description="A consumer to delete.")
class DeleteConsumerInput:
    name: str = strawberry.field(description=descriptions.CONSUMER_NAME)


@strawberry.type(description="The result of `putConsumer`.")
class PutConsumerPayload:
    consumer: Consumer | None = strawberry.field(
        default=None, description="The consumer as it is now; null if the mutation was refused."
    )
    created: bool | None = strawberry.field(
        default=None, description="Whether the consumer is new; null if the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list[UserError], description="Why the mutation was refused; empty if it was carried out."
    )


@strawberry.type(description="The result of `patchConsumer`.")
class PatchConsumerPayload:
    consumer: Consumer | None = strawberry.field(
        default=None, description="The consumer as it is now; null if the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list[UserError], description="Why the mutation was refused; empty if it was carried out."
    )


@strawberry.type(description="The result of `deleteConsumer`.")
class DeleteConsumerPayload:
    name: str | None = strawberry.field(
        default=None, description="The deleted consumer's name; null if the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list[UserError], description="Why the mutation was refused; empty if it was carried out."
    )
