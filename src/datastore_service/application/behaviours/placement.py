"""Where behaviours of your own stand among those of the service."""

from collections.abc import Sequence
from dataclasses import dataclass

from datastore_service.application.mediator import Behaviour


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A behaviour, and where it stands: next to another one, which it surrounds or by which it is surrounded.

    Attributes:
        behaviour: A class, whose constructor names what it needs, or an object.
        before: The behaviour that it surrounds directly: each message comes to it just before.
        after: The behaviour that surrounds it directly: each message comes to it just after.

    Raises:
        ValueError: There are both of `before` and `after`, or there is neither.
    """

    behaviour: type[Behaviour] | Behaviour
    before: type[Behaviour] | None = None
    after: type[Behaviour] | None = None

    def __post_init__(self) -> None:
        if (self.before is None) == (self.after is None):
            raise ValueError(f"{_name(self.behaviour)}: say before or after which behaviour it stands.")


def placed(
    behaviours: Sequence[type[Behaviour] | Behaviour], additions: Sequence[Placed]
) -> list[type[Behaviour] | Behaviour]:
    """Returns the behaviours with the additions among them, which are placed in turn; the first is the outermost.

    Raises:
        ValueError: An addition stands next to a behaviour that is not there.
    """
    found = list(behaviours)
    for addition in additions:
        neighbour = addition.before or addition.after
        if neighbour not in found:
            known = ", ".join(map(_name, found))
            name = _name(addition.behaviour)
            raise ValueError(f"{name}: there is no behaviour {_name(neighbour)}; there are {known}.")
        found.insert(found.index(neighbour) + (addition.before is None), addition.behaviour)
    return found


def _name(behaviour: object) -> str:
    return behaviour.__name__ if isinstance(behaviour, type) else type(behaviour).__name__
