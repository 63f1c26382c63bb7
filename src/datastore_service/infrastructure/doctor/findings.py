"""The result of a check."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The state: with a warning the service can serve; with a problem it cannot, or soon will not."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of a check.

    Attributes:
        name: The name of the check.
        detail: What was found.
        advice: What to do, if anything.
    """

    name: str
    state: State = State.OK
    detail: str
    advice: str | None = None


def warning(name: str, detail: str, advice: str) -> Finding:
    """Makes a finding of something to watch."""
    return Finding(name=name, state=State.WARNING, detail=detail, advice=advice)


def problem(name: str, detail: str, advice: str) -> Finding:
    """Makes a finding of something to correct."""
    return Finding(name=name, state=State.PROBLEM, detail=detail, advice=advice)
