"""A cache of the computed costs of operations."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from datastore_service.api.graphql.limits.narrowing_variables import NarrowingVariable

_MOST: Final = 64
_LEFT_OUT: Final = "left out"


@dataclass(frozen=True, slots=True)
class Known:
    """The result for an operation under certain conditions.

    Attributes:
        cost: The cost.
        needed: The narrowing variables that must have a value.
    """

    cost: int
    needed: frozenset[NarrowingVariable]


class KnownCosts:
    """The costs of one operation, by the values of the variables that influence the cost."""

    def __init__(self) -> None:
        self._steering: tuple[str, ...] = ()
        self._costs: dict[Hashable, Known] = {}

    def get(self, variables: Mapping[str, Any]) -> Known | None:
        """Returns the known cost with these variables, or None."""
        return self._costs.get(_key(variables, self._steering))

    def keep(self, variables: Mapping[str, Any], steering: tuple[str, ...], known: Known) -> None:
        """Stores a computed cost.

        Args:
            variables: The variables that it was computed with.
            steering: The variables that influenced it; with other conditions these may be others.
            known: The result.
        """
        if steering != self._steering or len(self._costs) >= _MOST:
            self._steering, self._costs = steering, {}
        self._costs[_key(variables, steering)] = known


def _key(variables: Mapping[str, Any], names: tuple[str, ...]) -> Hashable:
    return tuple([_weight(variables[name]) if name in variables else _LEFT_OUT for name in names])


def _weight(value: object) -> Hashable:
    """Returns the part of a value that a cost can depend on: the length of a list, the type of what is not a size."""
    match value:
        case bool() | int():
            return type(value), value
        case list():
            return list, len(cast("list[object]", value))
        case _:
            return type(value)
