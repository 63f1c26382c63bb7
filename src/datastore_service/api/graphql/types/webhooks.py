"""The types of webhooks."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from datastore_service.api.graphql.types.inputs import given_members
from datastore_service.api.graphql.types.scalars import JSON
from datastore_service.api.graphql.types.user_errors import UserError
from datastore_service.api.http import descriptions
from datastore_service.api.http.changes import since_of
from datastore_service.application.feed import webhook as webhooks
from datastore_service.application.feed.start_position import Edge
from datastore_service.application.feed.use_cases.patch_webhook import PatchWebhook
from datastore_service.application.feed.use_cases.put_webhook import PutWebhook
from datastore_service.domain.errors import InvalidValue

_USER_ERRORS = "Why the mutation was refused; empty if it was carried out."


@strawberry.type(description="An address to which the service posts every change, with a signature.")
class Webhook:
    name: str = strawberry.field(description=descriptions.WEBHOOK_NAME)
    url: str = strawberry.field(description=descriptions.WEBHOOK_URL)
    collection: str | None = strawberry.field(description=descriptions.ONLY_COLLECTION)
    enabled: bool = strawberry.field(description=descriptions.WEBHOOK_ENABLED)
    secret: str | None = strawberry.field(description=descriptions.SIGNING_SHOWN)
    cursor: str = strawberry.field(description="All changes up to here have been delivered.")
    failures: int = strawberry.field(description="How many attempts to deliver the next change have failed.")
    last_error: str | None = strawberry.field(description="The reason of the last failure.")
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When it last changed.")

    @classmethod
    def of(cls, webhook: webhooks.Webhook, *, secret: str | None = None) -> Self:
        return cls(
            name=webhook.name,
            url=webhook.url,
            collection=webhook.collection,
            enabled=webhook.enabled,
            secret=secret,
            cursor=str(webhook.position),
            failures=webhook.failures,
            last_error=webhook.last_error,
            created_at=webhook.created_at,
            updated_at=webhook.updated_at,
        )


@strawberry.type(description="A message that could not be delivered.")
class DeadLetter:
    id: UUID = strawberry.field(description="Its id.")
    message_id: str = strawberry.field(description="The `webhook-id` of the message.")
    message: JSON = strawberry.field(description="The message itself.")
    failures: int = strawberry.field(description="How many attempts to deliver it have failed.")
    error: str = strawberry.field(description="The reason of the last failure.")
    failed_at: datetime = strawberry.field(description="When that was.")
    replaying: bool = strawberry.field(description="Whether it is waiting for another attempt.")

    @classmethod
    def of(cls, letter: webhooks.DeadLetter) -> Self:
        return cls(
            id=letter.id,
            message_id=letter.message_id,
            message=JSON(letter.body),
            failures=letter.failures,
            error=letter.error,
            failed_at=letter.failed_at,
            replaying=letter.replaying,
        )


@strawberry.input(description="The settings of a webhook.")
class PutWebhookInput:
    name: str = strawberry.field(description=descriptions.WEBHOOK_NAME)
    url: str = strawberry.field(description=descriptions.WEBHOOK_URL)
    collection: str | None = strawberry.field(default=None, description=descriptions.ONLY_COLLECTION)
    secret: str | None = strawberry.field(default=None, description=descriptions.SIGNING)
    enabled: bool = strawberry.field(default=True, description=descriptions.WEBHOOK_ENABLED)
    since: str | None = strawberry.field(default=None, description=descriptions.WEBHOOK_SINCE)

    def command(self) -> PutWebhook:
        return PutWebhook(
            name=self.name,
            url=self.url,
            collection=self.collection,
            secret=self.secret,
            enabled=self.enabled,
            since=None if self.since is None else since_of(self.since, "since", Edge.NOW),
        )


@strawberry.input(description="A change of a webhook: members that are left out stay as they are.")
class PatchWebhookInput:
    name: str = strawberry.field(description=descriptions.WEBHOOK_NAME)
    url: str | None = strawberry.field(default=strawberry.UNSET, description=descriptions.WEBHOOK_URL)
    collection: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"{descriptions.ONLY_COLLECTION} Null means all."
    )
    secret: str | None = strawberry.field(default=strawberry.UNSET, description=descriptions.SIGNING_CHANGED)
    enabled: bool | None = strawberry.field(default=strawberry.UNSET, description=descriptions.WEBHOOK_ENABLED)
    since: str | None = strawberry.field(default=strawberry.UNSET, description=descriptions.WEBHOOK_MOVED)

    def command(self) -> PatchWebhook:
        """Returns the command.

        Raises:
            InvalidValue: A member that cannot be removed is null.
        """
        given = given_members(self)
        for name in ("url", "secret", "enabled", "since"):
            if name in given and given[name] is None:
                raise InvalidValue(f"/{name}", f"{name} cannot be null; leave it out to keep it.")
        if "since" in given:
            given["since"] = since_of(self.since, "since", Edge.NOW)
        return PatchWebhook(**given)


@strawberry.input(description="A webhook to delete.")
class DeleteWebhookInput:
    name: str = strawberry.field(description=descriptions.WEBHOOK_NAME)


@strawberry.input(description="The dead letters to send again.")
class ReplayDeadLettersInput:
    webhook: str = strawberry.field(description=descriptions.WEBHOOK_NAME)
    id: UUID | None = strawberry.field(
        default=None, description="One dead letter; if it is left out, all of the webhook."
    )


@strawberry.type(description="The result of `putWebhook`.")
class PutWebhookPayload:
    webhook: Webhook | None = strawberry.field(
        default=None, description="The webhook as it is now; null if the mutation was refused."
    )
    created: bool | None = strawberry.field(
        default=None, description="Whether the webhook is new; null if the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)


@strawberry.type(description="The result of `patchWebhook`.")
class PatchWebhookPayload:
    webhook: Webhook | None = strawberry.field(
        default=None, description="The webhook as it is now; null if the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)


@strawberry.type(description="The result of `deleteWebhook`.")
class DeleteWebhookPayload:
    name: str | None = strawberry.field(
        default=None, description="The deleted webhook's name; null if the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)


@strawberry.type(description="The result of `replayDeadLetters`.")
class ReplayDeadLettersPayload:
    replaying: int | None = strawberry.field(
        default=None, description="How many will be sent again; null if the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)
