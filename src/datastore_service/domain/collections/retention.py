"""How much of the history of its records a collection keeps."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from datastore_service.domain.errors import InvalidValue

MAX_KEPT: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The revisions that are kept; the newest of each record always is one of them.

    Attributes:
        revisions: At most so many of each record.
        days: Those that were still in force less than so many days ago.
    """

    revisions: int | None = None
    days: int | None = None

    def __post_init__(self) -> None:
        given = {"revisions": self.revisions, "days": self.days}
        chosen = {name: number for name, number in given.items() if number is not None}
        if len(chosen) != 1:
            raise InvalidValue("/retention", "A retention is either a number of revisions or of days.")
        for name, number in chosen.items():
            if not 1 <= number <= MAX_KEPT:
                raise InvalidValue(f"/retention/{name}", f"{number} {name} are not from 1 to {MAX_KEPT}.")

    def ended_before(self, now: datetime) -> datetime | None:
        """Returns the time before which a revision must have ended to be given up; None where its age is no reason."""
        return None if self.days is None else now - timedelta(days=self.days)
