"""The judge of registers finds what is wrong, and lets pass what is not."""

import pytest

from tests.chaos.registers import Kind, Operation, is_linearizable


def read(begun: float, ended: float, version: int, value: object) -> Operation:
    return Operation(kind=Kind.READ, begun=begun, ended=ended, version=version, value=value)


def write(begun: float, ended: float, version: int | None, value: object) -> Operation:
    return Operation(kind=Kind.WRITE, begun=begun, ended=ended, version=version, value=value)


def swap(begun: float, ended: float, expected: int, value: object) -> Operation:
    return Operation(kind=Kind.SWAP, begun=begun, ended=ended, expected=expected, version=expected + 1, value=value)


def refused(begun: float, ended: float, expected: int) -> Operation:
    return Operation(kind=Kind.SWAP, begun=begun, ended=ended, expected=expected, value="x", refused=True)


UNKNOWN_WRITE = Operation(kind=Kind.WRITE, begun=2, value="b")
UNKNOWN_SWAP = Operation(kind=Kind.SWAP, begun=2, expected=1, value="b")


@pytest.mark.parametrize(
    "history",
    [
        [],
        [write(1, 2, 1, "a"), read(3, 4, 1, "a")],
        # Concurrent writes in either order, and reads that see each.
        [write(1, 9, 2, "a"), write(1, 9, 1, "b"), read(2, 3, 1, "b"), read(4, 5, 2, "a")],
        # A read under way together with a write may see what was before, or what comes.
        [write(1, 2, 1, "a"), write(3, 6, 2, "b"), read(4, 5, 1, "a")],
        [write(1, 2, 1, "a"), write(3, 6, 2, "b"), read(4, 5, 2, "b")],
        [write(1, 2, 1, "a"), swap(3, 4, 1, "b"), refused(5, 6, 1)],
        # What nobody knows of may have been done, at any time later, or never.
        [write(1, 2, 1, "a"), UNKNOWN_WRITE, read(3, 4, 1, "a"), read(5, 6, 2, "b")],
        [write(1, 2, 1, "a"), UNKNOWN_WRITE, read(8, 9, 1, "a")],
        [write(1, 2, 1, "a"), UNKNOWN_SWAP, refused(3, 4, 1), read(5, 6, 2, "b")],
        [write(1, 2, 1, "a"), UNKNOWN_SWAP, write(3, 4, 2, "c"), read(5, 6, 2, "c")],
    ],
)
def test_finds_nothing_wrong_with(history: list[Operation]) -> None:
    assert is_linearizable(history)


@pytest.mark.parametrize(
    "history",
    [
        # A lost write.
        [write(1, 2, 1, "a"), write(3, 4, 2, "b"), read(5, 6, 1, "a")],
        # A write that nobody made.
        [write(1, 2, 1, "a"), read(3, 4, 2, "b")],
        # Time goes back between two reads.
        [write(1, 2, 1, "a"), write(3, 9, 2, "b"), read(4, 5, 2, "b"), read(6, 7, 1, "a")],
        # Two swaps from the same version.
        [write(1, 2, 1, "a"), swap(3, 9, 1, "b"), swap(3, 9, 1, "c")],
        # One version twice.
        [write(1, 9, 1, "a"), write(1, 9, 1, "b")],
        # A gap in the versions.
        [write(1, 2, 1, "a"), write(3, 4, 3, "b")],
        # A swap was refused, and yet done.
        [write(1, 2, 1, "a"), refused(3, 4, 1), read(5, 6, 2, "x")],
        # A swap was refused although the version was right.
        [write(1, 2, 1, "a"), refused(3, 4, 1)],
        # What nobody knows of was seen, and then not.
        [write(1, 2, 1, "a"), UNKNOWN_WRITE, read(3, 4, 2, "b"), read(5, 6, 1, "a")],
        # It was done before it was asked for.
        [read(0, 1, 1, "b"), UNKNOWN_WRITE],
        # It was done twice.
        [write(1, 2, 1, "a"), UNKNOWN_WRITE, read(3, 4, 2, "b"), write(5, 6, 4, "c")],
    ],
)
def test_finds_what_is_wrong_with(history: list[Operation]) -> None:
    assert not is_linearizable(history)


def test_a_long_history_is_judged_soon() -> None:
    writes = [write(place, place + 3.5, place + 1, place) for place in range(400)]
    reads = [read(place + 3, place + 3.5, place + 1, place) for place in range(400)]

    assert is_linearizable([*writes, *reads])
