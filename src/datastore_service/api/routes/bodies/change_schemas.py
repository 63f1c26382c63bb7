"""The query parameters and bodies of the change feed, as they are validated and documented."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from datastore_service.api.http import descriptions
from datastore_service.api.routes.bodies.schemas import ContentBody
from datastore_service.domain.records.values import COLLECTION_PATTERN

CURSOR_PATTERN: Final = "^[A-Za-z0-9_-]+$"


def _as_json(text: object) -> object:
    """Accepts a truth value in a query string only in JSON's spelling."""
    if isinstance(text, str) and text not in {"true", "false"}:
        raise ValueError("is neither true nor false")
    return text


class ChangesQuery(BaseModel):
    """Which changes to read."""

    model_config = ConfigDict(extra="forbid")

    since: Annotated[
        str | None,
        Field(description=descriptions.SINCE, min_length=1, json_schema_extra={"pattern": CURSOR_PATTERN}),
    ] = None
    consumer: Annotated[str | None, Field(description=descriptions.OF_CONSUMER, pattern=COLLECTION_PATTERN)] = None
    collection: Annotated[str | None, Field(description=descriptions.ONLY_COLLECTION, pattern=COLLECTION_PATTERN)] = (
        None
    )
    snapshot: Annotated[bool, BeforeValidator(_as_json), Field(description=descriptions.WITH_SNAPSHOT)] = False
    limit: Annotated[int | None, Field(description="The largest number of changes on a page.", ge=1)] = None
    wait: Annotated[
        float, Field(description="How many seconds an empty page waits for a change.", ge=0, allow_inf_nan=False)
    ] = 0


class ChangedRecord(ContentBody):
    """A change of a record, with the record's content after it."""

    operation: Annotated[
        str,
        Field(description=descriptions.CHANGE_OPERATION),
    ]
    record_id: UUID
    collection: str
    version: Annotated[int, Field(ge=1, description=descriptions.VERSION)]
    at: Annotated[datetime, Field(description="When the record was changed.")]
    actor: Annotated[str, Field(description="The actor that changed it.")]
    correlation_id: Annotated[str | None, Field(description="The X-Correlation-Id or X-Request-Id of that request.")]


class ChangeBody(ChangedRecord):
    """A change of a record, with the record's content after it, and its position in the log."""

    cursor: Annotated[str, Field(description="With `since=` this cursor, reading continues after the change.")]


class ChangePageBody(BaseModel):
    """A page of the change log."""

    items: list[ChangeBody]
    next_cursor: Annotated[str, Field(description="With `since=` this cursor, reading continues, now or later.")]
    has_more: Annotated[bool, Field(description="Whether there are more changes than the page has.")]
