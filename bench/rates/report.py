"""The tables that a run prints, in Markdown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.rates.contenders import CASES, Case
from bench.rates.load import Rate
from bench.rates.service import OURS


@dataclass(frozen=True, slots=True)
class Sample:
    """One load of one contender.

    Attributes:
        rate: What came of it.
        cpu: For how many seconds the contender and PostgreSQL computed in all.
    """

    rate: Rate
    cpu: float


type Samples = Mapping[tuple[Case, int, str], Sequence[Sample]]
"""By what was asked, over how many connections, and whom: one sample a round."""


def _of(samples: Sequence[Sample], value: Callable[[Sample], float]) -> float:
    return median(value(sample) for sample in samples)


def _per_second(sample: Sample) -> float:
    return sample.rate.per_second


def ratio(samples: Samples, case: Case, connections: int, other: str) -> float | None:
    """Returns how many times as many requests we answer as the other; the median of the rounds."""
    ours, theirs = samples.get((case, connections, OURS)), samples.get((case, connections, other))
    if not ours or not theirs:
        return None
    return median(_per_second(a) / _per_second(b) for a, b in zip(ours, theirs, strict=True))


def ratios(samples: Samples, connections: Sequence[int], others: Sequence[str]) -> Iterator[str]:
    """Yields the table of ratios: one line a case, and a column for each of the others and number of connections."""
    columns = [(other, each) for other in others for each in connections]
    yield "| | " + " | ".join(f"{other}, {each}" for other, each in columns) + " |"
    yield "|---" * (len(columns) + 1) + "|"
    for case in CASES:
        found = [ratio(samples, case, each, other) for other, each in columns]
        if any(found):
            yield f"| {case.name}, {case.door} | " + " | ".join(_shown(each) for each in found) + " |"


def _shown(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"  # noqa: PLR2004 - digits that mean something


def figures(samples: Samples) -> Iterator[str]:
    """Yields the table of all figures."""
    yield "| | connections | | requests/s | p50 | p99 | CPU per request |"
    yield "|---|---|---|---|---|---|---|"
    for (case, connections, name), each in samples.items():
        computed = _of(each, lambda sample: sample.cpu / sample.rate.answers)
        yield (
            f"| {case.name}, {case.door} | {connections} | {name} | {_of(each, _per_second):,.0f} "
            f"| {_of(each, lambda sample: sample.rate.median) * 1000:.2f} ms "
            f"| {_of(each, lambda sample: sample.rate.late) * 1000:.2f} ms | {computed * 1000:.2f} ms |"
        )


_GOALS: Final[Sequence[tuple[Case, int, str, float]]] = (
    (Case("create"), 16, "pgbench", 0.4),
    (Case("create"), 64, "pgbench", 0.7),
    (Case("create"), 16, "plain", 4),
    (Case("get by id"), 16, "plain", 3),
    (Case("get by id", "GraphQL"), 16, "plain", 5),
    (Case("list of 100", "GraphQL"), 16, "plain", 8),
    (Case("get by id", "GraphQL"), 16, "PostGraphile", 1.3),
    (Case("list of 100", "GraphQL"), 16, "PostGraphile", 1.3),
    (Case("create", "GraphQL"), 16, "PostGraphile", 1.2),
)
_GAIN_OF_BATCHES: Final = 15
_LATE: Final = 5


def goals(samples: Samples) -> Iterator[str]:
    """Yields a table of what is to be reached, and what is."""
    yield "| | target | result |"
    yield "|---|---|---|"
    for case, connections, other, least in _GOALS:
        found = ratio(samples, case, connections, other)
        if found is not None:
            yield f"| {case.name}, {case.door}, {connections} connections: times {other} | {least} | {_shown(found)} |"
    for connections in (1, 16):
        single, batch = (samples.get((Case(name), connections, OURS)) for name in ("create", "batch of 100"))
        if single and batch:
            gain = 100 * _of(batch, _per_second) / _of(single, _per_second)
            what = f"records in batches of 100, {connections} connections: times single"
            yield f"| {what} | {_GAIN_OF_BATCHES} | {gain:.1f} |"
    for (case, connections, name), each in samples.items():
        if name == OURS and connections == 16:  # noqa: PLR2004 - where the goals are set
            late = _of(each, lambda sample: sample.rate.late / sample.rate.median)
            yield f"| {case.name}, {case.door}: p99 in p50s | {_LATE} at most | {late:.1f} |"
