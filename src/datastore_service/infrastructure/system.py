"""The machine's clock, and new ids."""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Uuid7Generator:
    """UUID version 7 (RFC 9562): in the order of their creation."""

    def new_id(self) -> UUID:
        return uuid7()
