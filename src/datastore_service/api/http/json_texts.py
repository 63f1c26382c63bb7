"""JSON text: decoded within limits and without making other clients wait; and encoded."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

import orjson

from datastore_service.application.json_codec import decode
from datastore_service.application.large_requests import LARGE_TEXT, computed, room_for_large_request
from datastore_service.config.settings import LimitSettings
from datastore_service.domain.json_value import Json


async def decoded(text: bytes, limits: LimitSettings) -> Json:
    """Decodes a JSON text.

    Raises:
        MalformedJson: It is not JSON that the service accepts.
        TooManyValues: It has more values than a text may have.
    """
    depth, values = limits.json_depth, limits.json_values
    if len(text) <= LARGE_TEXT:
        return decode(text, max_depth=depth, max_values=values)
    await room_for_large_request()
    return await computed(partial(decode, text, max_depth=depth, max_values=values))


def written(members: Mapping[str, Any]) -> bytes:
    """Encodes JSON that contains UUIDs; those from the database are of asyncpg's own class."""
    return orjson.dumps(members, default=_id)


def _id(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")
