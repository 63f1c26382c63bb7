"""Judges histories of registers: whether all that clients were told fits one order of the operations."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from math import inf


class Kind(Enum):
    """What an operation does to a record."""

    READ = auto()
    WRITE = auto()
    """Stores a value, whatever there is."""
    SWAP = auto()
    """Stores a value if the record is at the version that is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What one client asked of one record, and what it was told.

    Attributes:
        kind: What was asked.
        begun: When it was sent, by the clock of all clients.
        ended: When the answer came; infinity where it is not known whether it was done.
        value: What was to be stored, or what was read.
        version: The version that the answer gives; None where it gives none.
        expected: The version that a swap expects.
        refused: Whether a swap was refused, as the record was at another version.
    """

    kind: Kind
    begun: float
    ended: float = inf
    value: object = None
    version: int | None = None
    expected: int | None = None
    refused: bool = False

    @property
    def is_known(self) -> bool:
        """Whether there was an answer; else it was done at some time from its beginning on, or never."""
        return self.ended != inf


type State = tuple[int, object]


def is_linearizable(history: Sequence[Operation], start: State = (0, None)) -> bool:
    """Tells whether each operation can have happened at one moment between its beginning and its end.

    It searches for an order as Wing and Gong do ("Testing and verifying concurrent objects", 1993), and remembers the
    states that led nowhere, as Lowe does ("Testing for linearizability", 2017). Versions make it short: they leave one
    place to each write that was answered.

    Args:
        history: The operations on one record, in any order.
        start: The version and the value of the record before.
    """
    operations = sorted(history, key=lambda operation: operation.begun)
    known = sum(1 << place for place, operation in enumerate(operations) if operation.is_known)
    seen: set[tuple[int, State]] = set()
    ahead = [(0, start)]
    while ahead:
        done, state = ahead.pop()
        if done & known == known:
            return True
        if (done, state) in seen:
            continue
        seen.add((done, state))
        left = [place for place in range(len(operations)) if not done >> place & 1]
        # What begins after another has ended comes after it.
        first_end = min(operations[place].ended for place in left)
        for place in left:
            operation = operations[place]
            if operation.begun > first_end:
                break
            if (after := _after(operation, state)) is not None:
                ahead.append((done | 1 << place, after))
    return False


def _after(operation: Operation, state: State) -> State | None:
    """Returns the state after an operation; None if the answer to it does not fit."""
    version, value = state
    match operation.kind:
        case Kind.READ:
            return state if (operation.version, operation.value) == (version, value) else None
        case Kind.SWAP if operation.refused:
            return state if operation.expected != version else None
        case Kind.SWAP if operation.expected != version:
            return None if operation.is_known else state
        case _:
            made = (version + 1, operation.value)
            return made if operation.version in (None, made[0]) else None
