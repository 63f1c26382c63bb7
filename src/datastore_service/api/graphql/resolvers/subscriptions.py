"""The subscriptions: each field follows the stream that one message opens."""

from collections.abc import AsyncGenerator
from typing import Annotated, Final

import strawberry

from datastore_service.api.graphql.context import Info
from datastore_service.api.graphql.types.changes import Change
from datastore_service.api.http import descriptions
from datastore_service.api.http.changes import since_of
from datastore_service.application.feed.start_position import Edge
from datastore_service.application.feed.use_cases.follow_changes import FollowChanges

_AT_ONCE: Final = 100
_SECONDS_TO_WAIT: Final = 3600


@strawberry.type(description="The subscriptions.")
class Subscription:
    @strawberry.subscription(description=descriptions.CHANGES)
    async def changes(
        self,
        info: Info,
        collection: Annotated[str | None, strawberry.argument(description=descriptions.ONLY_COLLECTION)] = None,
        since: Annotated[str | None, strawberry.argument(description=descriptions.SINCE)] = None,
        snapshot: Annotated[bool, strawberry.argument(description=descriptions.WITH_SNAPSHOT)] = False,
    ) -> AsyncGenerator[Change]:
        following = FollowChanges(since=since_of(since, "since", Edge.NOW), collection=collection, snapshot=snapshot)
        with await info.context.mediator.send(following) as subscription:
            while not subscription.ended:
                for entry in await subscription.next(_AT_ONCE, _SECONDS_TO_WAIT):
                    yield Change.of(entry)
