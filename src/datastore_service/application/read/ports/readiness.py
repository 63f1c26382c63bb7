"""Whether the store can serve."""

from collections.abc import Mapping
from typing import Protocol


class Readiness(Protocol):
    """Looks whether the store is fit for use."""

    async def checks(self) -> Mapping[str, str | None]:
        """Returns, within seconds, what was looked at by its name: None if it is well, else a sentence about it."""
        ...
