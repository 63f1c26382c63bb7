"""The repositories of your own aggregates, by port."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from sqlalchemy.ext.asyncio import AsyncConnection

REPOSITORIES: Final[Mapping[type[Any], Callable[[AsyncConnection], Any]]] = {}


def repository[R](port: type[R], connection: AsyncConnection) -> R:
    """Returns the repository for the port, on a transaction's connection.

    Raises:
        LookupError: There is none.
    """
    if port not in REPOSITORIES:
        raise LookupError(f"There is no repository for {port.__name__}; add it to {__name__}.")
    return cast("R", REPOSITORIES[port](connection))
