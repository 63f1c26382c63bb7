"""The changes that were read last: what all live followers share."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from datastore_service.application.feed.batch_sizer import text_of
from datastore_service.application.feed.change import LogEntry, LogSegment
from datastore_service.application.position import Position, Snapshot

_ENTRIES: Final = 2048
_CHARACTERS: Final = 16 * 1024 * 1024
"""How many changes are kept, and how much text their payloads may have together."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch, the place that it was read from, and the room that it takes."""

    start: Position
    stretch: LogSegment
    size: int


@dataclass(frozen=True, slots=True)
class Place:
    """How far a follower has come: within a piece, by its number, so many entries."""

    piece: int
    offset: int = 0


class RecentChanges:
    """A bounded part of the log, up to its end; it forgets what is oldest.

    Its pieces are numbered as they come, so that a follower remembers no more than a number.
    """

    def __init__(self, end: Position) -> None:
        self.end = end
        self._pieces: deque[_Piece] = deque()
        self._first = 0
        self._entries = 0
        self._size = 0

    @property
    def following(self) -> int:
        """The number of the piece that comes next."""
        return self._first + len(self._pieces)

    def append(self, stretch: LogSegment) -> None:
        """Adds what comes after its end."""
        if stretch.entries:
            size = text_of(stretch.entries)
            self._pieces.append(_Piece(self.end, stretch, size))
            self._entries += len(stretch.entries)
            self._size += size
        self.end = stretch.position
        while len(self._pieces) > 1 and (self._entries > _ENTRIES or self._size > _CHARACTERS):
            oldest = self._pieces.popleft()
            self._first += 1
            self._entries -= len(oldest.stretch.entries)
            self._size -= oldest.size

    def where(self, position: Position) -> Place | None:
        """Returns from where a follower at this position reads on; None if that is not known here, or not any more."""
        if not position.is_between_batches or position.epoch != self.end.epoch:
            return None
        if not position.seen.covers(_behind(self._pieces[0].start if self._pieces else self.end)):
            return None
        number = self.following
        for piece in reversed(self._pieces):
            if position.seen.covers(piece.stretch.position.reading or piece.stretch.position.seen):
                break
            number -= 1
        return Place(number)

    def read(
        self, place: Place, seen: Snapshot, collection: str | None, most: int, characters: int
    ) -> tuple[list[LogEntry], Place]:
        """Returns what a follower who has seen this has not, and the place behind it.

        It is at most so many changes, and no more once their payloads have so many characters.

        Raises:
            LookupError: It was forgotten.
        """
        if place.piece < self._first:
            raise LookupError(place)
        found: list[LogEntry] = []
        size = 0
        piece, offset = place.piece, place.offset
        while piece < self.following:
            entries = self._pieces[piece - self._first].stretch.entries
            for entry in entries[offset:]:
                if len(found) == most or size >= characters:
                    return found, Place(piece, offset)
                offset += 1
                if collection in {None, entry.change.collection} and not seen.sees(entry.change.transaction):
                    found.append(_as_seen(entry, seen))
                    size += len(entry.change.payload)
            piece, offset = piece + 1, 0
        return found, Place(piece)


def _behind(start: Position) -> Snapshot:
    """Returns the snapshot that a follower must have seen so that it misses no change after a place."""
    return start.reading or start.seen


def _as_seen(entry: LogEntry, seen: Snapshot) -> LogEntry:
    """Returns the entry with the place that a follower has who had seen more before the batch began."""
    position = entry.position
    if position.reading is None or position.seen.covers(seen):
        return entry
    return LogEntry(entry.change, Position(epoch=position.epoch, seen=seen, reading=position.reading, seq=position.seq))
