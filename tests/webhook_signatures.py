"""Judges signatures of webhooks by hand, as Standard Webhooks 1.0 describes them: not by the library that made them."""

import base64
import hmac
from collections.abc import Mapping


def is_signed(headers: Mapping[str, str], body: str | bytes, secret: str) -> bool:
    """Tells whether the holder of a secret has signed this body, under this id and time."""
    content = body if isinstance(body, bytes) else body.encode()
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), content])
    digest = hmac.digest(base64.b64decode(secret.removeprefix("whsec_"), validate=True), signed, "sha256")
    return hmac.compare_digest(headers["webhook-signature"], f"v1,{base64.b64encode(digest).decode()}")
