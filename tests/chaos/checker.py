"""Compares what the service holds with what it has acknowledged."""

from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from tests.chaos.ledger import Change, Ledger, Outcome, Write

type Histories = Mapping[UUID, Sequence[Change]]


@dataclass(slots=True)
class Holdings:
    """What the service holds of a scenario's collection, each part read in another way.

    Attributes:
        log: All changes, as GET /changes gives them.
        present: Each record that is not deleted, as GET /export gives it: its version and its payload.
        kept: The versions and operations of some records, as GET /records/{id}/revisions gives them.
    """

    log: list[Change]
    present: dict[UUID, tuple[int, object]]
    kept: dict[UUID, list[tuple[int, str]]]


def complaints(ledger: Ledger, holdings: Holdings) -> list[str]:
    """Tells all that is not as it has to be; nothing if every write is there that was acknowledged.

    Args:
        ledger: Whatever was asked of the service.
        holdings: What was read from it when it was at rest.
    """
    histories = _histories(holdings.log)
    return [
        *_gaps(histories),
        *_losses(ledger, holdings.log),
        *_reversals(ledger, histories),
        *(complaint for followed in ledger.followed for complaint in _unlike_the_log(followed, histories)),
        *_unlike_the_present(holdings.present, histories),
        *_unlike_the_kept(holdings.kept, histories),
    ]


def _histories(log: Iterable[Change]) -> Histories:
    histories: dict[UUID, list[Change]] = defaultdict(list)
    for change in log:
        # A cursor is of the page that it comes with.
        told = {name: value for name, value in change.items() if name != "cursor"}
        histories[_record_of(change)].append(told)
    return histories


def _gaps(histories: Histories) -> Generator[str]:
    for record, history in histories.items():
        versions = [change["version"] for change in history]
        if versions != list(range(1, len(history) + 1)):
            yield f"{record} has the versions {versions}"


def _losses(ledger: Ledger, log: list[Change]) -> Generator[str]:
    made: dict[str, list[Change]] = defaultdict(list)
    for change in log:
        made[str(change["correlation_id"])].append(change)
    for name in made.keys() - ledger.writes.keys():
        yield f"nobody has asked for {name}"
    for write in ledger.writes.values():
        yield from _unlike_the_write(write, made.get(write.name, []))


def _unlike_the_write(write: Write, made: list[Change]) -> Generator[str]:
    found = {_record_of(change): change for change in made}
    whole = found.keys() == write.payloads.keys()
    if len(found) < len(made):
        yield f"{write.name} was made more than once"
    if write.outcome is Outcome.ACKNOWLEDGED and not found:
        yield f"{write.name} was acknowledged and is missing"
    elif write.outcome is Outcome.REFUSED and found:
        yield f"{write.name} was refused and is there"
    elif found and not whole:
        yield f"{write.name} is half there"
    for record in found.keys() & write.payloads.keys():
        change = found[record]
        payload = None if change["operation"] == "delete" else change["payload"]
        if payload != write.payloads[record]:
            yield f"{write.name} has stored {payload} in {record}"
        if change["version"] != write.versions.get(record, change["version"]):
            yield f"{write.name} has made {record} version {change['version']}, but answered {write.versions[record]}"


def _reversals(ledger: Ledger, histories: Histories) -> Generator[str]:
    """Looks whether a write came to be before one whose answer its author could have had."""
    for record, history in histories.items():
        latest_begin = -1
        for change in history:
            write = ledger.writes.get(str(change["correlation_id"]))
            if write is None:
                continue
            if write.outcome is Outcome.ACKNOWLEDGED and write.ended is not None and write.ended < latest_begin:
                yield f"{write.name} had ended before another began, and came after that in {record}"
            latest_begin = max(latest_begin, write.begun)


def _unlike_the_log(followed: list[Change], histories: Histories) -> Generator[str]:
    """Compares record by record: a follower may get the changes of different records in another order."""
    got = _histories(followed)
    for record in got.keys() | histories.keys():
        versions = [change["version"] for change in got.get(record, ())]
        if versions != (logged := [change["version"] for change in histories.get(record, ())]):
            yield f"a follower got the versions {versions} of {record}, of which there are {logged}"
        elif got[record] != histories[record]:
            yield f"a follower got other changes of {record} than the log holds"


def _unlike_the_present(present: Mapping[UUID, tuple[int, object]], histories: Histories) -> Generator[str]:
    last = {record: history[-1] for record, history in histories.items()}
    expected = {
        record: (change["version"], change["payload"])
        for record, change in last.items()
        if change["operation"] != "delete"
    }
    for record in present.keys() | expected.keys():
        if present.get(record) != expected.get(record):
            yield f"{record} is {present.get(record)}, and by its history {expected.get(record)}"


def _unlike_the_kept(kept: Mapping[UUID, list[tuple[int, str]]], histories: Histories) -> Generator[str]:
    for record, revisions in kept.items():
        if revisions != [(change["version"], change["operation"]) for change in histories.get(record, ())]:
            yield f"{record} has the revisions {revisions}, which are not those of the log"


def _record_of(change: Change) -> UUID:
    return UUID(str(change["record_id"]))
