"""Times as clients see and write them: RFC 3339, read in one place for all that takes them (adr/0085)."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import orjson

# The function `datastore_time` of the database has the same grammar for the times in payloads.
_RFC_3339: Final = re.compile(
    r"(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])",
    re.ASCII,
)

# The driver of PostgreSQL sends the last time of Python as infinity, which is where a record has no time.
_LAST: Final = datetime.max.replace(tzinfo=UTC) - timedelta(microseconds=1)

_LONGEST_SHOWN: Final = 60


# All changes of a batch are of one time, and most records are as old as their last change.
@lru_cache(maxsize=256)
def timestamp(moment: datetime) -> str:
    """Returns the time as RFC 3339 has it, in UTC and always with microseconds."""
    moment = moment.astimezone(UTC)
    if moment.microsecond:
        return orjson.dumps(moment, option=orjson.OPT_UTC_Z)[1:-1].decode()
    return f"{moment.isoformat(timespec='microseconds').removesuffix('+00:00')}Z"


def parse_time(text: str) -> datetime | None:
    """Reads a time with its offset (RFC 3339).

    The hour is 00 to 23, the second 00 to 59: neither 24:00 nor a leap second is taken. Offsets go to 23:59. Digits
    after the sixth of a fraction are cut off. The last microsecond of the year 9999 counts as the one before it.

    Returns:
        The time in UTC; None if the text is not such a time, or if it lies outside the years 1 to 9999 in UTC.
    """
    if not _RFC_3339.fullmatch(text):
        return None
    try:
        return min(datetime.fromisoformat(text.upper()).astimezone(UTC), _LAST)
    except (ValueError, OverflowError):
        return None


def read_time(given: object) -> datetime:
    """Reads what a client has given as a time, as `parse_time` does.

    Raises:
        ValueError: It is not a time; the message is for the client.
    """
    if not isinstance(given, str):
        raise ValueError(f"This is not {_A_TIME}")  # noqa: TRY004 - facades know invalid values as ValueError
    if (found := parse_time(given)) is not None:
        return found
    shown = given if len(given) <= _LONGEST_SHOWN else f"{given[:_LONGEST_SHOWN]}…"
    if parse_time("+".join(given.rsplit(" ", 1))) is not None:
        raise ValueError(f"{shown!r} has a blank instead of the sign of its offset. In a query string, write + as %2B.")
    raise ValueError(f"{shown!r} is not {_A_TIME}")


_A_TIME: Final = "a time with its offset (RFC 3339), such as 2026-01-31T12:00:00Z."
