"""The bodies of webhooks, as they are validated and documented."""

from datetime import datetime
from typing import Annotated, Any, Final, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from datastore_service.api.http import descriptions
from datastore_service.api.routes.bodies.change_schemas import CURSOR_PATTERN
from datastore_service.domain.records.values import COLLECTION_PATTERN

_SIGNING_PATTERN: Final = (  # The Base64 of 24 to 64 bytes.
    "^whsec_(([A-Za-z0-9+/]{4}){8,20}([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
    "|([A-Za-z0-9+/]{4}){21}([A-Za-z0-9+/]{2}==)?)$"
)


class WebhookContent(BaseModel):
    """What a webhook is to be."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"url": "http://localhost:9000/hook", "collection": "people"}]},
    )

    url: Annotated[str, Field(description=descriptions.WEBHOOK_URL, max_length=2048)]
    collection: Annotated[str | None, Field(description=descriptions.ONLY_COLLECTION, pattern=COLLECTION_PATTERN)] = (
        None
    )
    secret: Annotated[
        str | None,
        Field(description=descriptions.SIGNING, json_schema_extra={"pattern": _SIGNING_PATTERN}),
    ] = None
    enabled: Annotated[bool, Field(description=descriptions.WEBHOOK_ENABLED)] = True
    since: Annotated[
        str | None,
        Field(description=descriptions.WEBHOOK_SINCE, min_length=1, json_schema_extra={"pattern": CURSOR_PATTERN}),
    ] = None


class WebhookPatch(BaseModel):
    """What changes in a webhook (RFC 7396): what is not named stays; `collection` may be null, which is all of them."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"enabled": False}, {"collection": None}]}
    )

    # Null is not the same as left out: none of these but the collection can go.
    url: Annotated[str, Field(description=descriptions.WEBHOOK_URL, max_length=2048)] = cast("str", None)
    collection: Annotated[str | None, Field(description=descriptions.ONLY_COLLECTION, pattern=COLLECTION_PATTERN)] = (
        None
    )
    secret: Annotated[
        str, Field(description=descriptions.SIGNING_CHANGED, json_schema_extra={"pattern": _SIGNING_PATTERN})
    ] = cast("str", None)
    enabled: Annotated[bool, Field(description=descriptions.WEBHOOK_ENABLED)] = cast("bool", None)
    since: Annotated[
        str, Field(description=descriptions.WEBHOOK_MOVED, min_length=1, json_schema_extra={"pattern": CURSOR_PATTERN})
    ] = cast("str", None)


class WebhookBody(BaseModel):
    """A webhook."""

    name: str
    url: str
    collection: str | None
    enabled: bool
    secret: Annotated[str | None, Field(description=descriptions.SIGNING_SHOWN)]
    cursor: Annotated[str, Field(description="It has been told of everything before.")]
    failures: Annotated[int, Field(ge=0, description="How often it could not be told of the next change.")]
    last_error: Annotated[str | None, Field(description="Why it could not, the last time.")]
    created_at: datetime
    updated_at: datetime


class WebhookList(BaseModel):
    """All webhooks."""

    items: list[WebhookBody]


class DeadLetterBody(BaseModel):
    """A message that was given up."""

    id: UUID
    message_id: Annotated[str, Field(description="The `webhook-id` of the message.")]
    message: Annotated[dict[str, Any], Field(description="What could not be delivered.")]
    failures: Annotated[int, Field(ge=1)]
    error: Annotated[str, Field(description="Why it could not, the last time.")]
    failed_at: datetime
    replaying: Annotated[bool, Field(description="Whether it is to be tried once more.")]


class DeadLetterList(BaseModel):
    """What was given up, the oldest first."""

    items: list[DeadLetterBody]


class Replay(BaseModel):
    """What to try once more."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[UUID | None, Field(description="One dead letter; left out, all of the webhook.")] = None


class Replaying(BaseModel):
    """How many are to be tried once more."""

    replaying: Annotated[int, Field(ge=0)]


class LettersQuery(BaseModel):
    """How many are wanted."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int | None, Field(description="The largest number of items.", ge=1)] = None
