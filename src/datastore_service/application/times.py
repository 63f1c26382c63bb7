"""Times as clients see them."""

from datetime import UTC, datetime


def timestamp(moment: datetime) -> str:
    """Returns the time as RFC 3339 has it, in UTC and always with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
