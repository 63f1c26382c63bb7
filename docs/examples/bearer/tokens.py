"""Who makes a request: the bearer (RFC 6750) of a JSON Web Token (RFC 7519)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
from fastapi import Request

from datastore_service.api.http.authentication import Unauthenticated
from datastore_service.application.request_context import Actor

from .keys import ALGORITHMS, KeyFile

_LEEWAY: Final = timedelta(seconds=10)
"""By how much the clocks of the issuer and of this service may differ."""
_NEEDED: Final = ("exp", "iss", "aud", "sub")


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerTokens:
    """An authenticator: takes tokens of one issuer that are meant for this service.

    Attributes:
        keys: What they are signed with.
        issuer: Their `iss`.
        audience: What this service is called in their `aud`.
    """

    keys: KeyFile
    issuer: str
    audience: str

    async def __call__(self, request: Request, /) -> Actor:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated("A bearer token is needed.", 'Bearer realm="datastore"')
        try:
            claims = self._claims(token.strip())
            until = datetime.fromtimestamp(claims["exp"], UTC) + _LEEWAY
        except jwt.ExpiredSignatureError as error:
            raise _invalid("The token has expired.") from error
        # What a token holds that is none can be wrong in any way.
        except (jwt.PyJWTError, ValueError, TypeError, OSError, ArithmeticError, RecursionError) as error:
            raise _invalid("The token is not one that is taken here.") from error
        scope = claims.get("scope")
        scopes = frozenset(scope.split() if isinstance(scope, str) else ())
        return Actor(id=claims["sub"], claims={"scopes": scopes, "until": until})

    def _claims(self, token: str) -> dict[str, Any]:
        key = self.keys.get(jwt.get_unverified_header(token).get("kid"))
        if key is None:
            raise jwt.InvalidKeyError("It names no key that is known.")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=sorted(ALGORITHMS),
            audience=self.audience,
            issuer=self.issuer,
            leeway=_LEEWAY,
            options={"require": list(_NEEDED)},
        )
        if not claims["sub"] or not claims["sub"].isprintable():
            raise jwt.InvalidTokenError("It names nobody.")
        return claims


def _invalid(detail: str) -> Unauthenticated:
    return Unauthenticated(detail, f'Bearer realm="datastore", error="invalid_token", error_description="{detail}"')
