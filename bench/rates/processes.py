"""What processes use up, as Linux tells it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_TICK: Final = os.sysconf("SC_CLK_TCK")
_PROCESSES: Final = Path("/proc")


def family(pid: int) -> Iterator[int]:
    """Yields the process and those that it has started, directly or not."""
    yield pid
    for thread in _PROCESSES.glob(f"{pid}/task/*/children"):
        try:
            children = thread.read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in children:
            yield from family(int(child))


def parent(pid: int) -> int:
    """Returns the process that has started it."""
    return int(_stat(pid)[1])


def cpu_seconds(pid: int) -> float:
    """Returns the time that the family has computed, those of it that have ended included."""
    return sum(sum(int(ticks) for ticks in _stat(each)[11:15]) for each in family(pid)) / _TICK


def peak_megabytes(pid: int) -> float:
    """Returns the most memory that each of the family has had, added up; what they share counts for each."""
    return sum(_peak_kilobytes(each) for each in family(pid)) / 1024


def _stat(pid: int) -> list[str]:
    try:
        # The name comes second, in brackets, and may have blanks.
        return (_PROCESSES / f"{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def _peak_kilobytes(pid: int) -> int:
    try:
        lines = (_PROCESSES / f"{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
