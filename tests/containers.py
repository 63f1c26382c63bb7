"""Containers of punq, filled quicker: how a class is constructed is looked up once in a process, not in each container.

A test makes an application of its own, and half of the time for it went into that.
"""

import inspect
import sys
from functools import cache
from types import SimpleNamespace


@cache
def _of_class(cls: type) -> inspect.FullArgSpec:
    return inspect.getfullargspec(cls)


def _of(builder: object) -> inspect.FullArgSpec:
    return _of_class(builder) if isinstance(builder, type) else inspect.getfullargspec(builder)


def quicken() -> None:
    """Has punq look constructors up here, if it has been imported."""
    if punq := sys.modules.get("punq"):
        vars(punq)["inspect"] = SimpleNamespace(**{**vars(inspect), "getfullargspec": _of})
