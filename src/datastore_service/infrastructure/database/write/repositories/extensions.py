"""The aggregates of your own: which repository meets which port."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from sqlalchemy.ext.asyncio import AsyncConnection

REPOSITORIES: Final[Mapping[type[Any], Callable[[AsyncConnection], Any]]] = {}


def repository[R](port: type[R], connection: AsyncConnection) -> R:
    """Returns what meets the port, on a transaction's connection.

    Raises:
        LookupError: Nothing does.
    """
    if port not in REPOSITORIES:
        raise LookupError(f"Nothing meets {port.__name__}; add it to {__name__}.")
    return cast("R", REPOSITORIES[port](connection))
