"""Executes compiled documents."""

import logging
from dataclasses import dataclass, replace
from typing import Any, Final

from graphql import GraphQLError

from datastore_service.api.graphql.compiled_fields import NotCompiled
from datastore_service.api.graphql.compiler.changes import Change
from datastore_service.api.graphql.compiler.operations import Compilation
from datastore_service.api.graphql.compiler.plans import Plan
from datastore_service.api.graphql.documents.preparation import Preparation
from datastore_service.api.graphql.requests import GraphQLRequest
from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.mediator import Mediator, Sender
from datastore_service.application.messages import Message, NotReadableAtOnce
from datastore_service.application.read.queries.read_selection import ReadSelection
from datastore_service.application.request_context import Judgements, RequestContext
from datastore_service.domain.errors import DomainError

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Tally:
    """How many documents were executed in which way since the start."""

    compiled: int = 0
    interpreted: int = 0


class Compiler:
    """Executes documents that one message reads or changes; Strawberry executes the others."""

    def __init__(self, preparation: Preparation[Plan], compilation: Compilation, tally: Tally) -> None:
        self._preparation = preparation
        self._compilation = compilation
        self.tally: Final = tally

    async def answer(self, text: str, request: GraphQLRequest, sender: Sender, *, may_change: bool) -> bytes | Sender:
        """Returns the body of the response, or the sender for the resolvers to use.

        Args:
            text: The document.
            request: Names the operation, and has its variables.
            sender: Sends the message.
            may_change: Whether the operation may be a mutation.
        """
        judgements = Judgements()
        sender = Sender(mediator=sender.mediator, context=sender.context.judged_once(judgements))
        try:
            bound = self._bound(text, request, may_change=may_change)
            answer = await (_changed(bound, sender) if isinstance(bound, Change) else _read(bound, sender))
        except (NotCompiled, NotReadableAtOnce, DomainError, GraphQLError):
            answer = sender
        except Exception as error:  # noqa: BLE001 - the resolvers fail in the same way, and report it as GraphQL does
            _log.warning("A compiled document failed with %s; the resolvers answer it.", type(error).__name__)
            answer = sender
        if isinstance(answer, bytes):
            self.tally.compiled += 1
        else:
            # The resolvers send again what the authorization has judged already.
            judgements.are_final = True
            self.tally.interpreted += 1
        return answer

    def _bound(self, text: str, request: GraphQLRequest, *, may_change: bool) -> ReadSelection | Change:
        schema, name, variables = self._compilation.schema, request.operation_name, request.variables or {}
        prepared = self._preparation.prepare(text, schema)
        if prepared.errors:
            raise NotCompiled
        if name not in prepared.plans:
            prepared.plans[name] = Plan.of(self._compilation, prepared.document, name)
        plan = prepared.plans[name]
        if plan is None or (plan.is_change and not may_change):
            raise NotCompiled
        self._preparation.check_cost(prepared, schema, name, variables)
        return plan.bound(variables)


async def _read(graph: ReadSelection, sender: Sender) -> bytes | Sender:
    try:
        return b'{"data":%b}' % (await sender.send(graph)).encode()
    except StoreUnavailable as error:
        # Strawberry puts the error in its place in the response, without waiting for the store again.
        return replace(sender, mediator=_Answered(error))


async def _changed(change: Change, sender: Sender) -> bytes | Sender:
    """Sends the command once, whatever the result."""
    try:
        result = await sender.send(change.command)
    except Exception as error:  # noqa: BLE001 - Strawberry reports its meaning to the client
        return replace(sender, mediator=_Answered(error))
    try:
        return change.answer(result)
    except Exception as error:  # noqa: BLE001 - the same
        _log.warning(
            "The result of a mutation could not be written, and its resolver writes it: %s.", type(error).__name__
        )
        return replace(sender, mediator=_Answered(result))


class _Answered(Mediator):
    """Gives the resolvers the result of a message that was sent already, instead of sending theirs."""

    def __init__(self, outcome: object) -> None:
        super().__init__({})
        self._outcome = outcome

    async def send(self, message: Message[Any], context: RequestContext | None = None) -> Any:  # noqa: ANN401, ARG002 - as the mediator has it
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome
