"""What is told of metrics, beside their numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What there is to know of a metric.

    Attributes:
        exposed: What it is called in the text.
        kind: Its type, as Prometheus names it.
        labels: By what it is told apart.
        description: What it tells.
        series: The names of its series.
    """

    exposed: str
    kind: str
    labels: tuple[str, ...]
    description: str
    series: tuple[str, ...]


def gauge(name: str, tells: str, labels: tuple[str, ...] = ()) -> Described:
    """Describes a number that goes up and down."""
    return Described(exposed=name, kind="gauge", labels=labels, description=tells, series=(name,))


def counter(name: str, tells: str, labels: tuple[str, ...]) -> Described:
    """Describes a number that only grows; its name is without the `_total` that it is exposed with."""
    exposed = f"{name}_total"
    return Described(exposed=exposed, kind="counter", labels=labels, description=tells, series=(exposed,))


def histogram(name: str, tells: str, labels: tuple[str, ...] = ()) -> Described:
    """Describes how amounts are spread."""
    series = tuple(f"{name}_{part}" for part in ("bucket", "count", "sum"))
    return Described(exposed=name, kind="histogram", labels=labels, description=tells, series=series)
