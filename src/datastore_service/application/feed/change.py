"""Changes of records, as followers see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from datastore_service.application.position import Position
from datastore_service.application.views import ContentView
from datastore_service.domain.immutable import immutable


@immutable
class Change(ContentView):
    """What a record holds since a change (of a deleted record, what it held), or held at the moment of a snapshot.

    Attributes:
        operation: What was done to it; `snapshot` where it is part of a snapshot.
        at: When it was changed.
        transaction: The id of the transaction that has made the change.
    """

    record_id: UUID
    collection: str
    version: int
    operation: str
    actor: str
    correlation_id: str | None
    at: datetime
    transaction: int


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A change, and the place in the log right behind it."""

    change: Change
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSegment:
    """A part of the log.

    Attributes:
        entries: The changes that were wanted from it, in order.
        position: The place behind it, which may be further than behind the last entry.
        is_last: Whether nothing came after it when it was read.
    """

    entries: Sequence[LogEntry]
    position: Position
    is_last: bool
