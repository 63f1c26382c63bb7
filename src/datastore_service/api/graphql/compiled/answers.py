"""Answers documents from their plans."""

import logging
from dataclasses import dataclass, replace
from typing import Any, Final

from graphql import GraphQLError

from datastore_service.api.graphql.compiled.plans import Compilation, Plan
from datastore_service.api.graphql.compiled.shapes import NotCompiled
from datastore_service.api.graphql.documents.preparation import Preparation
from datastore_service.api.graphql.requests import GraphQLRequest
from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.mediator import Mediator, Sender
from datastore_service.application.messages import Message
from datastore_service.application.origin import Origin
from datastore_service.application.ports.graphs import NotReadableAtOnce
from datastore_service.application.queries.read_graph import ReadGraph
from datastore_service.application.selections import Constant, Part
from datastore_service.domain.errors import DomainError

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Tally:
    """How many documents were answered in which way since the start."""

    compiled: int = 0
    interpreted: int = 0


class Compiler:
    """Answers what can be read at once; what cannot, in the least thing, is for Strawberry to answer."""

    def __init__(self, preparation: Preparation, compilation: Compilation) -> None:
        self._preparation = preparation
        self._compilation = compilation
        self.tally: Final = Tally()

    async def answer(self, text: str, request: GraphQLRequest, sender: Sender) -> bytes | Sender:
        """Returns the body of the response, or what the resolvers are to send their messages through."""
        try:
            parts = self._parts(text, request)
            data = await sender.send(ReadGraph(members=parts))
        except StoreUnavailable as error:
            # Its place in the answer is Strawberry's to say; the store is not to be waited for a second time.
            sender = replace(sender, mediator=_Unavailable(error))
        except (NotCompiled, NotReadableAtOnce, DomainError, GraphQLError):
            pass
        except Exception as error:  # noqa: BLE001 - the resolvers come to the same, and say so as GraphQL does
            _log.warning("A compiled query failed with %s; the resolvers answer it.", type(error).__name__)
        else:
            self.tally.compiled += 1
            return b'{"data":%b}' % data.encode()
        self.tally.interpreted += 1
        return sender

    def _parts(self, text: str, request: GraphQLRequest) -> list[Constant | Part]:
        schema, name, variables = self._compilation.schema, request.operation_name, request.variables or {}
        prepared = self._preparation.prepare(text, schema)
        if prepared.errors:
            raise NotCompiled
        if name not in prepared.plans:
            prepared.plans[name] = Plan.of(self._compilation, prepared.document, name)
        plan = prepared.plans[name]
        if plan is None:
            raise NotCompiled
        self._preparation.check_cost(prepared, schema, name, variables)
        return plan.bound(variables)


class _Unavailable(Mediator):
    """Fails each message as the first one has failed."""

    def __init__(self, error: StoreUnavailable) -> None:
        super().__init__({})
        self._error = error

    async def send(self, message: Message[Any], origin: Origin | None = None) -> Any:  # noqa: ANN401, ARG002
        raise self._error
