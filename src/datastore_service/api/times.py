"""Times in requests."""

import re
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import PlainValidator, WithJsonSchema

_RFC_3339: Final = re.compile(
    r"(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII | re.IGNORECASE,
)


def moment(given: object) -> datetime:
    """Reads a time with its offset.

    Raises:
        ValueError: It is none.
    """
    if isinstance(given, str) and _RFC_3339.fullmatch(given):
        try:
            return datetime.fromisoformat(given.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise ValueError(f"{given!r} is no time with its offset (RFC 3339), such as 2026-01-31T12:00:00Z")


Moment = Annotated[datetime, PlainValidator(moment), WithJsonSchema({"type": "string", "format": "date-time"})]
