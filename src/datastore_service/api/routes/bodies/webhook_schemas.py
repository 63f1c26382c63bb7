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
    """The settings of a webhook."""

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
    """A change of a webhook (RFC 7396): members that are left out stay; `collection` may be null, which means all."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"enabled": False}, {"collection": None}]}
    )

    # Null differs from a member that is left out: only `collection` may be null.
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
    cursor: Annotated[str, Field(description="All changes up to here have been delivered.")]
    failures: Annotated[int, Field(ge=0, description="How many attempts to deliver the next change have failed.")]
    last_error: Annotated[str | None, Field(description="The reason of the last failure.")]
    created_at: datetime
    updated_at: datetime


class WebhookList(BaseModel):
    """All webhooks."""

    items: list[WebhookBody]


class DeadLetterBody(BaseModel):
    """A message that could not be delivered."""

    id: UUID
    message_id: Annotated[str, Field(description="The `webhook-id` of the message.")]
    message: Annotated[dict[str, Any], Field(description="The message itself.")]
    failures: Annotated[int, Field(ge=1)]
    error: Annotated[str, Field(description="The reason of the last failure.")]
    failed_at: datetime
    replaying: Annotated[bool, Field(description="Whether it is waiting for another attempt.")]


class DeadLetterList(BaseModel):
    """Messages that could not be delivered, the oldest first."""

    items: list[DeadLetterBody]


class Replay(BaseModel):
    """Which dead letters to send again."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[UUID | None, Field(description="One dead letter; if it is left out, all of the webhook.")] = None


class Replaying(BaseModel):
    """The number of dead letters that will be sent again."""

    replaying: Annotated[int, Field(ge=0)]


class LettersQuery(BaseModel):
    """The number of dead letters to read."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int | None, Field(description="The largest number of items.", ge=1)] = None
