"""Who follows the log of changes: each consumer and each webhook."""

from collections.abc import Sequence
from dataclasses import dataclass

from datastore_service.application.feed.lag import Lags
from datastore_service.application.feed.ports.consumers import ConsumerStore
from datastore_service.application.feed.ports.webhooks import WebhookStore
from datastore_service.application.ports.followers import Follower


@dataclass(frozen=True, slots=True)
class StoredFollowers:
    """Those of the two stores."""

    consumers: ConsumerStore
    webhooks: WebhookStore
    lags: Lags

    async def all(self) -> Sequence[Follower]:
        consumers = [
            Follower(name=f"consumer {each.name!r}", position=each.position, collection=None)
            for each in await self.consumers.all()
        ]
        webhooks = [
            Follower(
                name=f"{'' if each.enabled else 'disabled '}webhook {each.name!r}",
                position=each.position,
                collection=each.collection,
            )
            for each in await self.webhooks.all()
        ]
        return consumers + webhooks

    async def lag(self, follower: Follower, /) -> tuple[int, float]:
        return await self.lags.behind(follower.position, follower.collection)
