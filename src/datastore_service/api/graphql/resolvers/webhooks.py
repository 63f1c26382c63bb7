"""The root fields of webhooks."""

from typing import Annotated, Final

import strawberry

from datastore_service.api.graphql.context import Info
from datastore_service.api.graphql.types.user_errors import UserError
from datastore_service.api.graphql.types.webhooks import (
    DeadLetter,
    DeleteWebhookInput,
    DeleteWebhookPayload,
    PatchWebhookInput,
    PatchWebhookPayload,
    PutWebhookInput,
    PutWebhookPayload,
    ReplayDeadLettersInput,
    ReplayDeadLettersPayload,
    Webhook,
)
from datastore_service.api.http import descriptions
from datastore_service.application.errors import WebhookNotFound
from datastore_service.application.feed.use_cases.delete_webhook import DeleteWebhook
from datastore_service.application.feed.use_cases.get_webhook import GetWebhook
from datastore_service.application.feed.use_cases.list_dead_letters import ListDeadLetters
from datastore_service.application.feed.use_cases.list_webhooks import ListWebhooks
from datastore_service.application.feed.use_cases.replay_dead_letters import ReplayDeadLetters
from datastore_service.domain.errors import DomainError

_INPUT: Final = strawberry.argument(description="The input of the mutation.")
_NAME: Final = strawberry.argument(description=descriptions.WEBHOOK_NAME)


@strawberry.type
class WebhookQueries:
    @strawberry.field(description=f"{GetWebhook.__doc__} Null if there is none.")
    async def webhook(self, info: Info, name: Annotated[str, _NAME]) -> Webhook | None:
        try:
            return Webhook.of(await info.context.mediator.send(GetWebhook(name=name)))
        except WebhookNotFound:
            return None

    @strawberry.field(description=ListWebhooks.__doc__)
    async def webhooks(self, info: Info) -> list[Webhook]:
        return [Webhook.of(webhook) for webhook in await info.context.mediator.send(ListWebhooks())]

    @strawberry.field(description=f"{ListDeadLetters.__doc__} Null if there is no such webhook.")
    async def dead_letters(self, info: Info, webhook: Annotated[str, _NAME]) -> list[DeadLetter] | None:
        listing = ListDeadLetters(webhook=webhook, limit=info.context.limits.page_size_default)
        try:
            return [DeadLetter.of(letter) for letter in await info.context.mediator.send(listing)]
        except WebhookNotFound:
            return None


@strawberry.type
class WebhookMutations:
    @strawberry.mutation(description=descriptions.PUT_WEBHOOK)
    async def put_webhook(self, info: Info, input: Annotated[PutWebhookInput, _INPUT]) -> PutWebhookPayload | None:
        try:
            put = await info.context.mediator.send(input.command())
        except DomainError as error:
            return PutWebhookPayload(user_errors=[UserError.of(error)])
        secret = put.webhook.secret if put.made_secret else None
        return PutWebhookPayload(webhook=Webhook.of(put.webhook, secret=secret), created=put.created)

    @strawberry.mutation(description=descriptions.PATCH_WEBHOOK)
    async def patch_webhook(
        self, info: Info, input: Annotated[PatchWebhookInput, _INPUT]
    ) -> PatchWebhookPayload | None:
        try:
            webhook = await info.context.mediator.send(input.command())
        except DomainError as error:
            return PatchWebhookPayload(user_errors=[UserError.of(error)])
        return PatchWebhookPayload(webhook=Webhook.of(webhook))

    @strawberry.mutation(description=DeleteWebhook.__doc__)
    async def delete_webhook(
        self, info: Info, input: Annotated[DeleteWebhookInput, _INPUT]
    ) -> DeleteWebhookPayload | None:
        try:
            await info.context.mediator.send(DeleteWebhook(name=input.name))
        except DomainError as error:
            return DeleteWebhookPayload(user_errors=[UserError.of(error)])
        return DeleteWebhookPayload(name=input.name)

    @strawberry.mutation(description=ReplayDeadLetters.__doc__)
    async def replay_dead_letters(
        self, info: Info, input: Annotated[ReplayDeadLettersInput, _INPUT]
    ) -> ReplayDeadLettersPayload | None:
        try:
            count = await info.context.mediator.send(ReplayDeadLetters(webhook=input.webhook, id=input.id))
        except DomainError as error:
            named = {"webhook_not_found": "webhook"}
            return ReplayDeadLettersPayload(user_errors=[UserError.of(error, members=named)])
        return ReplayDeadLettersPayload(replaying=count)
