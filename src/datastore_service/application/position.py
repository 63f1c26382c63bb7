"""Places in the log of changes, and the cursors that clients know them by (adr/0044)."""

import base64
import binascii
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from datastore_service.application.errors import InvalidCursor

_LARGEST: Final = 1 << 63
_BITS: Final = 7
_ID_BYTES: Final = 16
_IN_BATCH: Final = 1
_IN_STATE: Final = 2


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which transactions had come to their end at some moment; what they changed is there, or never will be.

    Attributes:
        end: No transaction with this id, or a greater one, had begun.
        running: Those with smaller ids that had not ended, in ascending order.
    """

    end: int = 0
    running: tuple[int, ...] = ()

    def sees(self, transaction: int) -> bool:
        """Tells whether a transaction had ended."""
        return transaction < self.end and not _holds(self.running, transaction)

    def covers(self, other: "Snapshot") -> bool:
        """Tells whether this is a later moment than the other, or the same."""
        return other.end <= self.end and not any(other.sees(transaction) for transaction in self.running)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in the log; opaque to clients.

    The log is read in batches: what ended between two moments, in the order in which it was written.

    Attributes:
        epoch: The epoch of the log that it belongs to; a restored database begins another one.
        seen: All that this moment sees is behind the place.
        reading: Given inside a batch: the moment up to which it goes.
        seq: How far the batch has been read.
        after: Given while the state at the moment `seen` is read: the last record of it that was. Its changes follow.
    """

    epoch: int
    seen: Snapshot
    reading: Snapshot | None = None
    seq: int = 0
    after: UUID | None = None

    @property
    def is_between_batches(self) -> bool:
        """Whether nothing has been begun and not finished."""
        return self.reading is None and self.after is None

    def is_past(self, other: "Position") -> bool:
        """Tells whether all that is behind the other place is behind this one, too."""
        if self.epoch != other.epoch:
            return False
        if self.after is not None:
            return other.after is not None and self.seen == other.seen and self.after >= other.after
        if other.reading is None or self.seen.covers(other.reading):
            return self.seen.covers(other.seen)
        return (
            self.reading is not None
            and self.seen.covers(other.seen)
            and self.reading.covers(other.reading)
            and self.seq >= other.seq
        )

    def __str__(self) -> str:
        kind = _IN_BATCH * (self.reading is not None) + _IN_STATE * (self.after is not None)
        parts = [bytes([kind]), _number(self.epoch), *_snapshot(self.seen)]
        if self.reading is not None:
            parts += [*_snapshot(self.reading), _number(self.seq)]
        if self.after is not None:
            parts.append(self.after.bytes)
        return base64.urlsafe_b64encode(b"".join(parts)).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str, parameter: str) -> Self:
        """Reads what `str` wrote.

        Raises:
            InvalidCursor: It is something else; the error names the parameter.
        """
        try:
            content = iter(base64.b64decode(f"{text}{'=' * (-len(text) % 4)}", altchars=b"-_", validate=True))
            position = cls._read(content)
        except (binascii.Error, ValueError, StopIteration) as error:
            raise InvalidCursor(parameter) from error
        if str(position) != text:
            raise InvalidCursor(parameter)
        return position

    @classmethod
    def _read(cls, content: Iterator[int]) -> Self:
        kind = next(content)
        epoch, seen = _read_number(content), _read_snapshot(content)
        reading, seq, after = None, 0, None
        if kind & _IN_BATCH:
            reading, seq = _read_snapshot(content), _read_number(content)
        if kind & _IN_STATE:
            after = UUID(bytes=bytes([next(content) for _ in range(_ID_BYTES)]))
        return cls(epoch=epoch, seen=seen, reading=reading, seq=seq, after=after)


def _holds(ascending: Sequence[int], wanted: int) -> bool:
    index = bisect_left(ascending, wanted)
    return index < len(ascending) and ascending[index] == wanted


def _snapshot(snapshot: Snapshot) -> Iterator[bytes]:
    yield _number(snapshot.end)
    yield _number(len(snapshot.running))
    for transaction in snapshot.running:
        yield _number(snapshot.end - transaction)


def _read_snapshot(content: Iterator[int]) -> Snapshot:
    end = _read_number(content)
    running = tuple([end - _read_number(content) for _ in range(_read_number(content))])
    if any(later <= earlier for earlier, later in zip((-1, *running), (*running, end), strict=True)):
        raise ValueError("not in ascending order")
    return Snapshot(end, running)


def _number(value: int) -> bytes:
    """Writes seven bits a byte, the lowest first; the eighth says that more come (LEB128)."""
    written = bytearray()
    while value >> _BITS:
        written.append(value & 0x7F | 0x80)
        value >>= _BITS
    written.append(value)
    return bytes(written)


def _read_number(content: Iterator[int]) -> int:
    value = shift = 0
    while True:
        byte = next(content)
        value |= (byte & 0x7F) << shift
        shift += _BITS
        if value >= _LARGEST:
            raise ValueError("too large")
        if not byte & 0x80:
            return value
