"""Who makes a request."""

from typing import Protocol

from fastapi import Request

from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.application.request_context import ANONYMOUS, Actor


class Authenticator(Protocol):
    """Tells from a request, as a rule from its Authorization header, who makes it."""

    async def __call__(self, request: Request, /) -> Actor:
        """Returns the actor, who may be `ANONYMOUS`.

        Raises:
            Unauthenticated: What the request says of its maker is not true, or more is needed.
        """
        ...


class Unauthenticated(RequestRefused):
    """The request does not prove who makes it (RFC 9110, section 15.5.2)."""

    def __init__(self, detail: str, challenge: str = "Bearer") -> None:
        super().__init__(Problem("unauthenticated", detail, headers={"WWW-Authenticate": challenge}))


async def anonymous(_request: Request, /) -> Actor:
    """Takes each caller for the anonymous actor: the default until an authenticator is plugged in."""
    return ANONYMOUS
