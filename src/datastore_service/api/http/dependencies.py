"""The dependencies that routes request from FastAPI."""

from typing import Annotated, Any, cast

from fastapi import Depends, Request

from datastore_service.api.http.advice import wanted_advice
from datastore_service.api.http.authentication import Authenticator
from datastore_service.api.http.idempotency import idempotency_key_of
from datastore_service.api.http.preconditions import precondition
from datastore_service.api.http.preferences import Preferences, preferences
from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.application.mediator import Mediator, Sender
from datastore_service.application.request_context import RequestContext, Writes
from datastore_service.config.settings import LimitSettings
from datastore_service.domain.preconditions import Precondition


def mediator_of(request: Request) -> Mediator:
    """Returns the application's mediator, which sends messages as the anonymous actor."""
    return cast("Mediator", request.app.state.mediator)


async def sender_of(request: Request) -> Sender:
    """Returns the mediator, bound to the actor and the headers of this request.

    Raises:
        Unauthenticated: The authenticator rejects the request's credentials.
        RequestRefused: The Idempotency-Key is malformed.
    """
    authenticate: Authenticator = request.app.state.authenticate
    state: dict[str, Any] = request.scope.setdefault("state", {})
    state["idempotency_key"] = idempotency_key = idempotency_key_of(request)
    state["advice"] = advice = wanted_advice(request)
    actor, correlation_id = await authenticate(request), state.get("correlation_id")
    context = RequestContext(
        actor=actor, correlation_id=correlation_id, idempotency_key=idempotency_key, writes=Writes(), advice=advice
    )
    return Sender(mediator=mediator_of(request), context=context)


def page_size(asked: int | None, limits: LimitSettings, parameter: str) -> int:
    """Returns the number of items of a page.

    Raises:
        RequestRefused: The number is below 1 or above the largest page.
    """
    if asked is None:
        return limits.page_size_default
    if not 1 <= asked <= limits.page_size_max:
        detail = f"{parameter}: {asked} is not from 1 to {limits.page_size_max}."
        raise RequestRefused(
            Problem("validation_failed", detail, {"errors": [{"parameter": parameter, "detail": detail}]})
        )
    return asked


# FastAPI runs synchronous functions in a thread, which costs more than the rest of a request.
async def _mediator(request: Request) -> Mediator:
    return mediator_of(request)


async def _preferences(request: Request) -> Preferences:
    return preferences(request)


async def _precondition(request: Request) -> Precondition:
    return precondition(request)


async def _any_collection(_request: Request) -> None:
    """What routes that name no collection call their endpoints with."""


Probe = Annotated[Mediator, Depends(_mediator)]
Send = Annotated[Sender, Depends(sender_of)]
Preferred = Annotated[Preferences, Depends(_preferences)]
Expected = Annotated[Precondition, Depends(_precondition)]
OfCollection = Annotated[str | None, Depends(_any_collection)]
"""The collection in which a record has to be; None is any. Only routes below a collection pass one on."""
