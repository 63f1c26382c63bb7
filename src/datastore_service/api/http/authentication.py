"""Authentication: the actor of a request."""

from typing import Protocol

from fastapi import Request

from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.application.request_context import ANONYMOUS, Actor


class Authenticator(Protocol):
    """Finds out, usually from the Authorization header, which actor makes a request."""

    async def __call__(self, request: Request, /) -> Actor:
        """Returns the actor, which may be `ANONYMOUS`.

        Raises:
            Unauthenticated: The credentials are wrong, or missing although they are required.
        """
        ...


class Unauthenticated(RequestRefused):
    """The request has no valid credentials (RFC 9110, section 15.5.2)."""

    def __init__(self, detail: str, challenge: str = "Bearer") -> None:
        super().__init__(Problem("unauthenticated", detail, headers={"WWW-Authenticate": challenge}))


async def anonymous(_request: Request, /) -> Actor:
    """Takes every caller for the anonymous actor: the default until an authenticator is plugged in."""
    return ANONYMOUS
