"""What resolvers are given."""

from dataclasses import dataclass, field, replace
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader

from datastore_service.application.mediator import Sender
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.application.request_context import Writes
from datastore_service.config.settings import GraphQLSettings, LimitSettings


@dataclass(frozen=True, slots=True)
class Context:
    """The way into the application, and the limits of a request.

    Attributes:
        operation_name: Which operation of the document the request names.
        loaders: What reads for many objects at once, by what is read and how.
    """

    mediator: Sender
    limits: LimitSettings
    graphql: GraphQLSettings
    cursors: CursorSigner
    operation_name: str | None = None
    loaders: dict[Any, DataLoader[Any, Any]] = field(default_factory=dict[Any, DataLoader[Any, Any]])

    def of_new_operation(self, name: str | None) -> "Context":
        """Returns the context of another operation of the same speaker, which has written nothing yet."""
        context = replace(self.mediator.context, writes=Writes())
        return Context(replace(self.mediator, context=context), self.limits, self.graphql, self.cursors, name)


type Info = strawberry.Info[Context, None]
