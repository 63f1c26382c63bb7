"""Times as clients see them."""

from datetime import UTC, datetime


def timestamp(moment: datetime) -> str:
    """Returns the time as RFC 3339 has it, in UTC and always with microseconds."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
