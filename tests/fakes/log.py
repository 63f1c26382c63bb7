"""The log of all changes, in memory."""

from dataclasses import dataclass

from datastore_service.domain.records.events import RecordChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedChange:
    """A committed change, and who made it.

    Attributes:
        seq: Its place in the log, counted from 1.
        xid: The unit of work that it is of, counted in the order of the commits.
    """

    seq: int
    xid: int
    change: RecordChanged
    actor: str
    correlation_id: str | None
