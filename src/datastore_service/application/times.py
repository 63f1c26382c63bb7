"""Times as clients see them."""

from datetime import UTC, datetime
from functools import lru_cache

import orjson


# All changes of a batch are of one time, and most records are as old as their last change.
@lru_cache(maxsize=256)
def timestamp(moment: datetime) -> str:
    """Returns the time as RFC 3339 has it, in UTC and always with microseconds."""
    moment = moment.astimezone(UTC)
    if moment.microsecond:
        return orjson.dumps(moment, option=orjson.OPT_UTC_Z)[1:-1].decode()
    return f"{moment.isoformat(timespec='microseconds').removesuffix('+00:00')}Z"
