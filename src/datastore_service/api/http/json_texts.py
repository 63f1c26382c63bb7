"""JSON texts: of clients, read within the limits and without keeping other clients waiting; and for them."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import orjson

from datastore_service.application.json_codec import decode
from datastore_service.config.settings import LimitSettings
from datastore_service.domain.json_value import Json

_BRIEF: Final = 128 * 1024
"""Bytes of JSON that are read within some milliseconds, whatever they are."""


async def decoded(text: bytes, limits: LimitSettings) -> Json:
    """Returns what a JSON text says.

    Raises:
        MalformedJson: It is not JSON that this service takes.
        TooManyValues: It has more values than one text may have.
    """
    depth, values = limits.json_depth, limits.json_values
    if len(text) <= _BRIEF:
        return decode(text, max_depth=depth, max_values=values)
    # In a thread of its own it takes turns with what others are answered.
    return await asyncio.to_thread(decode, text, max_depth=depth, max_values=values)


def written(members: Mapping[str, Any]) -> bytes:
    """Writes JSON in which there are ids; those from the database are of a class of asyncpg's own."""
    return orjson.dumps(members, default=_id)


def _id(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")
