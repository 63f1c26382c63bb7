"""The aggregates of your own, in memory: what meets which port."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

REPOSITORIES: Final[Mapping[type[Any], Callable[[dict[type[Any], Any]], Any]]] = {}
"""What makes a repository of what has been committed, where each keeps its own; its `commit` adds its changes to it."""


def repository[R](port: type[R], committed: dict[type[Any], Any]) -> R:
    """Returns what meets the port.

    Raises:
        LookupError: Nothing does.
    """
    if port not in REPOSITORIES:
        raise LookupError(f"There is no repository for {port.__name__}; add it to {__name__}.")
    return cast("R", REPOSITORIES[port](committed))
