"""The checker complains of each thing that may go wrong; one that cannot fail would prove nothing."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from uuid import UUID

import pytest

from tests.chaos.checker import Holdings, complaints
from tests.chaos.ledger import Change, Ledger, Outcome, Write

A, B, C = (UUID(int=number) for number in (1, 2, 3))


@dataclass(slots=True)
class Story:
    """Writes whose outcomes differ, and a service that holds them as it should."""

    ledger: Ledger
    created: Write
    replaced: Write
    batch: Write
    lost: Write
    deleted: Write
    held: Holdings

    @property
    def followed(self) -> list[Change]:
        return self.ledger.followed[0]

    def complaints(self) -> list[str]:
        return complaints(self.ledger, self.held)

    def change(self, record: UUID, version: int) -> Change:
        return next(c for c in self.held.log if (c["record_id"], c["version"]) == (str(record), version))


def _change(write: Write, record: UUID, version: int, operation: str = "replace") -> Change:
    return {
        "cursor": f"{record}{version}",
        "correlation_id": write.name,
        "record_id": str(record),
        "version": version,
        "operation": operation,
        "payload": write.payloads[record],
    }


@pytest.fixture
def story() -> Story:
    ledger = Ledger()
    created = ledger.begin({A: 1})
    ledger.end(created, Outcome.ACKNOWLEDGED, {A: 1})
    replaced = ledger.begin({A: 2})
    ledger.end(replaced, Outcome.ACKNOWLEDGED, {A: 2})
    batch = ledger.begin({A: 3, B: 3})
    lost = ledger.begin({C: 4})
    ledger.end(batch, Outcome.UNKNOWN)
    ledger.end(lost, Outcome.UNKNOWN)
    refused = ledger.begin({C: 5})
    ledger.end(refused, Outcome.REFUSED)
    deleted = ledger.begin({B: None})
    ledger.end(deleted, Outcome.ACKNOWLEDGED, {B: 2})
    log = [
        _change(created, A, 1, "create"),
        _change(replaced, A, 2),
        _change(batch, A, 3),
        _change(batch, B, 1, "create"),
        _change(deleted, B, 2, "delete"),
    ]
    # Of different records a follower may get the changes in another order.
    ledger.followed.append([log[3], *log[:3], log[4]])
    kept = {A: [(1, "create"), (2, "replace"), (3, "replace")]}
    return Story(ledger, created, replaced, batch, lost, deleted, Holdings(deepcopy(log), {A: (3, 3)}, kept))


def _acknowledged_and_missing(story: Story) -> None:
    story.lost.outcome = Outcome.ACKNOWLEDGED


def _refused_and_there(story: Story) -> None:
    story.batch.outcome = Outcome.REFUSED


def _half_there(story: Story) -> None:
    story.batch.payloads[C] = 3


def _acknowledged_and_half_there(story: Story) -> None:
    story.batch.outcome = Outcome.ACKNOWLEDGED
    story.batch.payloads[C] = 3


def _made_twice(story: Story) -> None:
    story.change(A, 3)["correlation_id"] = story.replaced.name


def _made_by_nobody(story: Story) -> None:
    story.change(B, 1)["correlation_id"] = "somebody"


def _another_payload(story: Story) -> None:
    story.change(A, 2)["payload"] = "another"


def _not_deleted(story: Story) -> None:
    story.change(B, 2)["operation"] = "replace"
    story.change(B, 2)["payload"] = "still here"


def _another_version_than_answered(story: Story) -> None:
    story.replaced.versions[A] = 3


def _a_gap(story: Story) -> None:
    story.change(A, 3)["version"] = 4


def _a_first_version_that_is_not_1(story: Story) -> None:
    story.held.log = story.held.log[1:]


def _a_later_write_came_first(story: Story) -> None:
    one, another = story.change(A, 1), story.change(A, 2)
    one["correlation_id"], another["correlation_id"] = another["correlation_id"], one["correlation_id"]


def _versions_out_of_order(story: Story) -> None:
    story.held.log[0], story.held.log[1] = story.held.log[1], story.held.log[0]


def _followed_twice(story: Story) -> None:
    story.followed.append(story.followed[-1])


def _never_followed(story: Story) -> None:
    del story.followed[0]


def _followed_out_of_order(story: Story) -> None:
    story.followed[1], story.followed[2] = story.followed[2], story.followed[1]


def _followed_but_not_logged(story: Story) -> None:
    story.followed.append(_change(story.lost, C, 1, "create"))


def _followed_with_another_payload(story: Story) -> None:
    story.followed[1]["payload"] = "another"


def _a_second_follower_got_nothing(story: Story) -> None:
    story.ledger.followed.append([])


def _the_record_is_another(story: Story) -> None:
    story.held.present[A] = (3, "another")


def _the_record_is_behind(story: Story) -> None:
    story.held.present[A] = (2, 3)


def _the_record_is_gone(story: Story) -> None:
    del story.held.present[A]


def _the_deleted_record_is_there(story: Story) -> None:
    story.held.present[B] = (1, 3)


def _a_revision_is_missing(story: Story) -> None:
    del story.held.kept[A][1]


def _a_record_without_history(story: Story) -> None:
    story.held.kept[C] = [(1, "create")]


def test_has_nothing_to_say_of_what_is_as_it_should_be(story: Story) -> None:
    assert story.complaints() == []


def test_may_find_what_nobody_knows_of_made_or_not(story: Story) -> None:
    story.batch.outcome = Outcome.ACKNOWLEDGED

    assert story.complaints() == []


@pytest.mark.parametrize(
    ("break_it", "complaint"),
    [
        (_acknowledged_and_missing, "was acknowledged and is missing"),
        (_refused_and_there, "was refused and is there"),
        (_half_there, "is half there"),
        (_acknowledged_and_half_there, "is half there"),
        (_made_twice, "was made more than once"),
        (_made_by_nobody, "nobody has asked for somebody"),
        (_another_payload, "has stored another"),
        (_not_deleted, "has stored still here"),
        (_another_version_than_answered, "but answered 3"),
        (_a_gap, "has the versions [1, 2, 4]"),
        (_a_first_version_that_is_not_1, "has the versions [2, 3]"),
        (_a_later_write_came_first, "came after that in"),
        (_versions_out_of_order, "has the versions [2, 1, 3]"),
        (_followed_twice, "a follower got the versions [1, 2, 2]"),
        (_never_followed, "a follower got the versions [2]"),
        (_followed_out_of_order, "a follower got the versions [2, 1, 3]"),
        (_followed_but_not_logged, "of which there are []"),
        (_followed_with_another_payload, "a follower got other changes"),
        (_a_second_follower_got_nothing, "a follower got the versions []"),
        (_the_record_is_another, "is (3, 'another')"),
        (_the_record_is_behind, "is (2, 3)"),
        (_the_record_is_gone, "is None"),
        (_the_deleted_record_is_there, "is (1, 3)"),
        (_a_revision_is_missing, "which are not those of the log"),
        (_a_record_without_history, "which are not those of the log"),
    ],
)
def test_complains_of(story: Story, break_it: Callable[[Story], None], complaint: str) -> None:
    break_it(story)

    found = story.complaints()

    assert any(complaint in each for each in found), found
