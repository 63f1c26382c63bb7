"""Which names GraphQL has without typed collections."""

from typing import Protocol


class CoreNames(Protocol):
    """Tells the names that no typed collection can have."""

    def all(self) -> frozenset[str]:
        """Returns the names of all types, and all root fields as `Query.records`."""
        ...


class NoCoreNames:
    """For an application without GraphQL."""

    def all(self) -> frozenset[str]:
        return frozenset()
