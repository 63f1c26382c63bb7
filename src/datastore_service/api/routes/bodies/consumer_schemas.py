"""The bodies of consumers, as they are validated and documented."""

from datetime import datetime
from typing import Annotated, cast

from pydantic import BaseModel, ConfigDict, Field

from datastore_service.api.http import descriptions
from datastore_service.api.routes.bodies.change_schemas import CURSOR_PATTERN


class ConsumerContent(BaseModel):
    """The position of a consumer."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"cursor": "beginning"}]})

    cursor: Annotated[
        str,
        Field(description=descriptions.CONSUMER_CURSOR, min_length=1, json_schema_extra={"pattern": CURSOR_PATTERN}),
    ] = "beginning"
    rewind: Annotated[bool, Field(description=descriptions.REWIND)] = False


class ConsumerPatch(BaseModel):
    """A new position of a consumer; without a cursor the position stays."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"cursor": "now"}]})

    cursor: Annotated[
        str,
        Field(description=descriptions.CONSUMER_MOVED, min_length=1, json_schema_extra={"pattern": CURSOR_PATTERN}),
    ] = cast("str", None)
    rewind: Annotated[bool, Field(description=descriptions.REWIND)] = False


class ConsumerLag(BaseModel):
    """How far a consumer is behind the end of the log."""

    changes: Annotated[int, Field(ge=0, description=descriptions.LAG_CHANGES)]
    seconds: Annotated[float, Field(ge=0, description=descriptions.LAG_SECONDS)]


class ConsumerBody(BaseModel):
    """A consumer."""

    name: str
    cursor: Annotated[str, Field(description="All changes up to here are acknowledged.")]
    lag: ConsumerLag
    created_at: datetime
    acknowledged_at: Annotated[datetime, Field(description="When its position last changed.")]


class ConsumerList(BaseModel):
    """All consumers."""

    items: list[ConsumerBody]
