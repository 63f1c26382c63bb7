"""What resolvers are given."""

from dataclasses import dataclass

import strawberry

from datastore_service.application.mediator import Sender
from datastore_service.config.settings import GraphQLSettings, LimitSettings


@dataclass(frozen=True, slots=True)
class Context:
    """The way into the application, and the limits of a request."""

    mediator: Sender
    limits: LimitSettings
    graphql: GraphQLSettings


type Info = strawberry.Info[Context, None]
