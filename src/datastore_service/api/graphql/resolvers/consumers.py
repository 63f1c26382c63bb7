"""The root fields of consumers."""

from typing import Annotated, Final

import strawberry

from datastore_service.api.graphql.context import Info
from datastore_service.api.graphql.types.consumers import (
    Consumer,
    DeleteConsumerInput,
    DeleteConsumerPayload,
    PatchConsumerInput,
    PatchConsumerPayload,
    PutConsumerInput,
    PutConsumerPayload,
)
from datastore_service.api.graphql.types.user_errors import UserError
from datastore_service.api.http import descriptions
from datastore_service.application.errors import ConsumerNotFound
from datastore_service.application.feed.use_cases.delete_consumer import DeleteConsumer
from datastore_service.application.feed.use_cases.get_consumer import GetConsumer
from datastore_service.application.feed.use_cases.list_consumers import ListConsumers
from datastore_service.domain.errors import DomainError

_INPUT: Final = strawberry.argument(description="The input of the mutation.")


@strawberry.type
class ConsumerQueries:
    @strawberry.field(description=f"{GetConsumer.__doc__} Null if there is none.")
    async def consumer(
        self, info: Info, name: Annotated[str, strawberry.argument(description=descriptions.CONSUMER_NAME)]
    ) -> Consumer | None:
        try:
            return Consumer.of(await info.context.mediator.send(GetConsumer(name=name)))
        except ConsumerNotFound:
            return None

    @strawberry.field(description=ListConsumers.__doc__)
    async def consumers(self, info: Info) -> list[Consumer]:
        return [Consumer.of(view) for view in await info.context.mediator.send(ListConsumers())]


@strawberry.type
class ConsumerMutations:
    @strawberry.mutation(description=descriptions.PUT_CONSUMER)
    async def put_consumer(self, info: Info, input: Annotated[PutConsumerInput, _INPUT]) -> PutConsumerPayload | None:
        try:
            put = await info.context.mediator.send(input.command())
        except DomainError as error:
            return PutConsumerPayload(user_errors=[UserError.of(error)])
        return PutConsumerPayload(consumer=Consumer.of(put.view), created=put.created)

    @strawberry.mutation(description=descriptions.PATCH_CONSUMER)
    async def patch_consumer(
        self, info: Info, input: Annotated[PatchConsumerInput, _INPUT]
    ) -> PatchConsumerPayload | None:
        try:
            view = await info.context.mediator.send(input.command())
        except DomainError as error:
            return PatchConsumerPayload(user_errors=[UserError.of(error)])
        return PatchConsumerPayload(consumer=Consumer.of(view))

    @strawberry.mutation(description=DeleteConsumer.__doc__)
    async def delete_consumer(
        self, info: Info, input: Annotated[DeleteConsumerInput, _INPUT]
    ) -> DeleteConsumerPayload | None:
        try:
            await info.context.mediator.send(DeleteConsumer(name=input.name))
        except DomainError as error:
            return DeleteConsumerPayload(user_errors=[UserError.of(error)])
        return DeleteConsumerPayload(name=input.name)
