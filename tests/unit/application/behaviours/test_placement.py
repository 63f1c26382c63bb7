import pytest

from datastore_service.application.behaviours.placement import Placed, placed
from datastore_service.application.mediator import Behaviour, Step
from datastore_service.application.messages import Message


class Outer:
    async def __call__(self, following: Step, message: Message[object], /) -> object:
        return await following(message)


class Inner(Outer):
    pass


class Added(Outer):
    pass


class AddedNext(Outer):
    pass


@pytest.mark.parametrize(
    ("additions", "expected"),
    [
        ([], [Outer, Inner]),
        ([Placed(behaviour=Added, before=Outer)], [Added, Outer, Inner]),
        ([Placed(behaviour=Added, after=Outer)], [Outer, Added, Inner]),
        ([Placed(behaviour=Added, before=Inner)], [Outer, Added, Inner]),
        ([Placed(behaviour=Added, after=Inner)], [Outer, Inner, Added]),
        (
            [Placed(behaviour=Added, after=Outer), Placed(behaviour=AddedNext, after=Added)],
            [Outer, Added, AddedNext, Inner],
        ),
    ],
)
def test_is_placed_next_to_its_neighbour(additions: list[Placed], expected: list[type[Behaviour]]) -> None:
    assert placed((Outer, Inner), additions) == expected


@pytest.mark.parametrize("place", [{}, {"before": Outer, "after": Inner}])
def test_requires_exactly_one_neighbour(place: dict[str, type[Behaviour]]) -> None:
    with pytest.raises(ValueError, match="Added: say before or after which behaviour"):
        Placed(behaviour=Added, **place)


def test_refuses_a_missing_neighbour() -> None:
    with pytest.raises(ValueError, match="Added: there is no behaviour AddedNext; there are Outer, Inner"):
        placed((Outer, Inner), [Placed(behaviour=Added, after=AddedNext)])
