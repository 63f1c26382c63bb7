"""Fingerprints of messages: two messages that ask for the same have the same one."""

import hashlib
from decimal import Decimal
from typing import Any

import orjson

from datastore_service.application.messages import Message


def fingerprint(message: Message[Any]) -> bytes:
    """Returns 32 bytes that are equal for messages of one type with equal parts, the order of JSON members apart."""
    digest = hashlib.sha256(type(message).__name__.encode())
    try:
        digest.update(orjson.dumps(message, default=_plain, option=orjson.OPT_SORT_KEYS))
    except orjson.JSONEncodeError:
        # Integers beyond 64 bits. Only Python callers send them: the JSON decoder makes such numbers decimals.
        digest.update(repr(message).encode())
    return digest.digest()


def _plain(value: object) -> object:
    match value:
        case Decimal():
            return {"decimal": str(value)}
        case frozenset():
            return sorted(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - versions
        case _:
            raise TypeError(f"{type(value).__name__} has no fingerprint")
