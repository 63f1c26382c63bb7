"""Keys, and tokens that are signed with them."""

import json
import time
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from jwt.algorithms import ECAlgorithm

from docs.examples.bearer.keys import KeyFile
from docs.examples.bearer.tokens import BearerTokens

ISSUER: Final = "https://issuer.example"
AUDIENCE: Final = "datastore"
KEY: Final = generate_private_key(SECP256R1())


def publish(path: Path, **keys: EllipticCurvePrivateKey) -> None:
    published = [
        {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": name, "alg": "ES256", "use": "sig"}
        for name, key in keys.items()
    ]
    path.write_text(json.dumps({"keys": published}))


def authenticator(path: Path) -> BearerTokens:
    return BearerTokens(keys=KeyFile(path), issuer=ISSUER, audience=AUDIENCE)


def claims(**changes: object) -> dict[str, Any]:
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 3600, "scope": "admin"}
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def token(key: Any = KEY, algorithm: str = "ES256", kid: str | None = "first", **changes: object) -> str:  # noqa: ANN401
    return jwt.encode(claims(**changes), key, algorithm, {"kid": kid} if kid else None)


def bearing(scope: str, subject: str = "ada") -> dict[str, str]:
    return {"Authorization": f"Bearer {token(scope=scope, sub=subject)}"}
