"""What an operation was found to cost, so that it is added up once for all requests that it costs the same for."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from datastore_service.api.graphql.limits.narrowing_variables import NarrowingVariable

_MOST: Final = 64
_LEFT_OUT: Final = "left out"


@dataclass(frozen=True, slots=True)
class Known:
    """What was found out about an operation under its conditions.

    Attributes:
        cost: What it costs.
        needed: The variables that have to have a value: they narrow fields that are answered.
    """

    cost: int
    needed: frozenset[NarrowingVariable]


class KnownCosts:
    """The costs of one operation, by the values of those variables that had a part in them."""

    def __init__(self) -> None:
        self._steering: tuple[str, ...] = ()
        self._costs: dict[Hashable, Known] = {}

    def get(self, variables: Mapping[str, Any]) -> Known | None:
        """Returns what is known of the operation with these variables, or None where that is not known."""
        return self._costs.get(_key(variables, self._steering))

    def keep(self, variables: Mapping[str, Any], steering: tuple[str, ...], known: Known) -> None:
        """Keeps what was added up.

        Args:
            variables: What it was added up with.
            steering: Which of them were looked at; after another condition that may be others.
            known: What came of it.
        """
        if steering != self._steering or len(self._costs) >= _MOST:
            self._steering, self._costs = steering, {}
        self._costs[_key(variables, steering)] = known


def _key(variables: Mapping[str, Any], names: tuple[str, ...]) -> Hashable:
    return tuple([_weight(variables[name]) if name in variables else _LEFT_OUT for name in names])


def _weight(value: object) -> Hashable:
    """Returns as much of a value as a cost can depend on: of a list its length, of what is no size its type."""
    match value:
        case bool() | int():
            return type(value), value
        case list():
            return list, len(cast("list[object]", value))
        case _:
            return type(value)
