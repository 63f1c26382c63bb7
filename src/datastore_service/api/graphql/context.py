"""The context that resolvers receive."""

from dataclasses import dataclass, field, replace
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader

from datastore_service.application.mediator import Sender
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.application.request_context import Writes
from datastore_service.config.settings import GraphQLSettings, LimitSettings


@dataclass(slots=True)
class TypedReads:
    """Whether an answer depends on the types of typed collections."""

    are_read: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """The sender of messages, and the limits of a request.

    Attributes:
        operation_name: The operation that the request names.
        loaders: Batch loaders, by what they read and with which arguments.
    """

    mediator: Sender
    limits: LimitSettings
    graphql: GraphQLSettings
    cursors: CursorSigner
    operation_name: str | None = None
    loaders: dict[Any, DataLoader[Any, Any]] = field(default_factory=dict[Any, DataLoader[Any, Any]])
    typed: TypedReads = field(default_factory=TypedReads)

    def of_new_operation(self, name: str | None) -> "Context":
        """Returns the context of another operation of the same client, without writes so far."""
        context = replace(self.mediator.context, writes=Writes())
        return Context(replace(self.mediator, context=context), self.limits, self.graphql, self.cursors, name)


type Info = strawberry.Info[Context, None]
