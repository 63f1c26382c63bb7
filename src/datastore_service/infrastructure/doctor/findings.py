"""What a look at one thing has shown."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it is: a warning does not keep the service from serving, a problem does or will."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: What it is.
        detail: What was seen.
        advice: What to do about it, where something is to be done.
    """

    name: str
    state: State = State.OK
    detail: str
    advice: str | None = None


def warning(name: str, detail: str, advice: str) -> Finding:
    """Makes a finding of something to look after."""
    return Finding(name=name, state=State.WARNING, detail=detail, advice=advice)


def problem(name: str, detail: str, advice: str) -> Finding:
    """Makes a finding of something to mend."""
    return Finding(name=name, state=State.PROBLEM, detail=detail, advice=advice)
