"""An import stores what can be stored, once, and says what cannot: on the fakes and on PostgreSQL."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from uuid import UUID

import pytest

from datastore_service.application.errors import ImportNameTaken, ImportSuperseded, MalformedLine
from datastore_service.application.json_codec import decode
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.import_records import ImportRecords, OnConflict
from datastore_service.application.write.commands.put_collection import PutCollection
from datastore_service.application.write.ports.imports import Draft, ImportLine, ImportProgress, Rejection
from datastore_service.domain.errors import RecordNotFound

ADA, BOB, EVE = UUID(int=1), UUID(int=2), UUID(int=3)


class Drafts:
    """Takes the lines for drafts as they are; one that is a text cannot be read."""

    def read(self, line: ImportLine, /) -> Draft:
        if isinstance(line.content, str):
            raise MalformedLine(line.content)
        return line.content


@dataclass
class Memory:
    """Remembers what it is told."""

    rejections: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    steps: list[int] = field(default_factory=list[int])

    async def rejected(self, rejections: Sequence[Rejection], /) -> None:
        self.rejections += [(rejection.line.number, rejection.error.code) for rejection in rejections]

    async def advanced(self, progress: ImportProgress, /) -> None:
        self.steps.append(progress.lines)


type Content = Draft | str


async def in_parts(*parts: Sequence[Content]) -> AsyncIterator[Sequence[ImportLine]]:
    number = 0
    for part in parts:
        lines: list[ImportLine] = []
        for content in part:
            number += 1
            lines.append(ImportLine(number, content, repr(content).encode()))
        yield lines


def draft(record_id: UUID | None, payload: str, *, collection: str = "people", tags: Sequence[str] = ()) -> Draft:
    return Draft(id=record_id, collection=collection, payload=payload, tags=[*tags])


def importing(
    *parts: Sequence[Content],
    on_conflict: OnConflict = "reject",
    observer: Memory | None = None,
    name: str | None = None,
    mark: str = "",
    again: bool = False,
) -> ImportRecords:
    return ImportRecords(
        lines=in_parts(*parts),
        reader=Drafts(),
        on_conflict=on_conflict,
        observer=observer or Memory(),
        name=name,
        mark=mark,
        again=again,
    )


async def state_of(store: Mediator, record_id: UUID) -> tuple[str, int, object, tuple[str, ...]]:
    record = await store.send(GetRecord(id=record_id))
    return record.collection, record.version, decode(record.payload.encode()), record.tags


async def test_stores_each_line(store: Mediator) -> None:
    memory = Memory()

    done = await store.send(
        importing(
            [draft(ADA, "ada", tags=["b", "a"]), draft(BOB, "bob", collection="robots", tags=["b"])],
            [draft(EVE, "eve"), draft(None, "somebody")],
            observer=memory,
        )
    )

    assert (done.lines, done.created, done.rejected, done.finished) == (4, 4, 0, True)
    assert memory.steps == [2, 4]
    assert await state_of(store, ADA) == ("people", 1, "ada", ("a", "b"))
    assert await state_of(store, BOB) == ("robots", 1, "bob", ("b",))
    assert await state_of(store, EVE) == ("people", 1, "eve", ())


async def test_rejects_the_lines_that_cannot_be_stored_and_no_others(store: Mediator) -> None:
    await store.send(PutCollection(name="numbers", schema={"type": "number"}))
    memory = Memory()

    done = await store.send(
        importing(
            [
                draft(ADA, "ada"),
                "unreadable",
                draft(None, "no\x00text"),
                draft(None, "text", collection="numbers"),
                draft(None, "x", collection="no name"),
                draft(ADA, "again"),
                draft(BOB, "bob"),
            ],
            observer=memory,
        )
    )

    assert (done.created, done.rejected) == (2, 5)
    assert memory.rejections == [
        (2, "malformed_line"),
        (3, "validation_failed"),
        (4, "schema_violated"),
        (5, "validation_failed"),
        (6, "record_exists"),
    ]
    assert await state_of(store, ADA) == ("people", 1, "ada", ())
    assert await state_of(store, BOB) == ("people", 1, "bob", ())


@pytest.mark.parametrize(
    ("on_conflict", "counts", "ada", "bob"),
    [
        ("reject", (0, 0, 0, 3), 1, None),
        ("skip", (0, 0, 3, 0), 1, None),
        ("replace", (0, 3, 0, 0), 3, 3),
    ],
)
async def test_does_with_taken_ids_what_it_is_told(
    store: Mediator, on_conflict: OnConflict, counts: tuple[int, ...], ada: int, bob: int | None
) -> None:
    await store.send(CreateRecord(id=ADA, collection="people", payload="ada", tags=["old", "both"]))
    await store.send(CreateRecord(id=BOB, collection="people", payload="bob"))
    await store.send(DeleteRecord(id=BOB))

    done = await store.send(
        importing(
            [draft(ADA, "one"), draft(BOB, "bob"), draft(ADA, "two", tags=["new", "both"])], on_conflict=on_conflict
        )
    )

    assert (done.created, done.replaced, done.skipped, done.rejected) == counts
    expected = ("two", ("both", "new")) if on_conflict == "replace" else ("ada", ("both", "old"))
    assert await state_of(store, ADA) == ("people", ada, *expected)
    if bob:
        assert await state_of(store, BOB) == ("people", bob, "bob", ())


@pytest.mark.parametrize("on_conflict", ["reject", "skip", "replace"])
async def test_a_line_that_breaks_a_rule_is_rejected_also_if_its_id_is_taken(
    store: Mediator, on_conflict: OnConflict
) -> None:
    await store.send(CreateRecord(id=ADA, collection="people", payload="ada"))
    memory = Memory()

    done = await store.send(
        importing(
            [
                Draft(id=ADA, collection="people", payload="ada", tags="no array"),
                Draft(id=ADA, collection="people", payload="ada", tags=[1]),
                draft(ADA, "no\x00text"),
                draft(ADA, "x", collection="no name"),
                "unreadable",
            ],
            on_conflict=on_conflict,
            observer=memory,
        )
    )

    assert (done.skipped, done.replaced, done.rejected) == (0, 0, 5)
    assert [code for _, code in memory.rejections] == ["validation_failed"] * 4 + ["malformed_line"]
    assert await state_of(store, ADA) == ("people", 1, "ada", ())


async def test_replaces_what_it_has_just_stored_itself(store: Mediator) -> None:
    done = await store.send(importing([draft(ADA, "one"), draft(ADA, "two")], on_conflict="replace"))

    assert (done.created, done.replaced) == (1, 1)
    assert await state_of(store, ADA) == ("people", 2, "two", ())


async def test_a_record_is_not_moved_to_another_collection(store: Mediator) -> None:
    await store.send(CreateRecord(id=ADA, collection="people", payload="ada"))
    memory = Memory()

    await store.send(importing([draft(ADA, "x", collection="robots")], on_conflict="replace", observer=memory))

    assert memory.rejections == [(1, "collection_mismatch")]
    assert await state_of(store, ADA) == ("people", 1, "ada", ())


async def test_others_have_their_turn_while_lines_are_rejected(
    store: Mediator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datastore_service.application.write.import_lines._SECONDS_AT_A_TIME", 0)
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    class Kept(Memory):
        async def rejected(self, rejections: Sequence[Rejection], /) -> None:
            await super().rejected(rejections)
            assert all(rejection.error.__traceback__ is None for rejection in rejections)

    memory = Kept()
    taking = asyncio.create_task(take_turns())
    done = await store.send(importing(*(["unreadable"] * 2000 for _ in range(10)), observer=memory))
    taking.cancel()

    assert (done.rejected, len(memory.rejections)) == (20_000, 20_000)
    assert turns >= 100


@pytest.mark.parametrize("line", [0.004, 0.0001, 0.02])
async def test_others_have_their_turn_after_a_few_milliseconds(
    store: Mediator, line: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = turn = longest = 0.0
    monkeypatch.setattr("datastore_service.application.write.import_lines.time", SimpleNamespace(monotonic=lambda: now))

    async def take_turns() -> None:
        nonlocal turn, longest
        while True:
            longest, turn = max(longest, now - turn), now
            await asyncio.sleep(0)

    class Lasting(Drafts):
        def read(self, line_: ImportLine, /) -> Draft:
            nonlocal now
            now += line
            return super().read(line_)

    async def lines() -> AsyncIterator[Sequence[ImportLine]]:
        yield [ImportLine(index + 1, draft(None, "x"), b"x") for index in range(200)]

    taking = asyncio.create_task(take_turns())
    done = await store.send(ImportRecords(lines=lines(), reader=Lasting()))
    taking.cancel()

    assert done.created == 200
    # Others have their turn at the latest after the line during which it became theirs.
    assert line <= longest <= 0.005 + 2 * line


async def test_a_long_line_is_read_and_checked_beside_the_loop(store: Mediator) -> None:
    threads: list[threading.Thread] = []

    class Noting(Drafts):
        def read(self, line: ImportLine, /) -> Draft:
            threads.append(threading.current_thread())
            return super().read(line)

    async def lines() -> AsyncIterator[Sequence[ImportLine]]:
        yield [ImportLine(number, draft(None, "x"), b"x" * size) for number, size in [(1, 20), (2, 200 * 1024)]]

    await store.send(ImportRecords(lines=lines(), reader=Noting()))

    assert [thread is threading.current_thread() for thread in threads] == [True, False]


class SourceLost(Exception):
    """What the lines come from is gone."""


async def lost_after(*parts: Sequence[Content]) -> AsyncIterator[Sequence[ImportLine]]:
    async for part in in_parts(*parts):
        yield part
    raise SourceLost


async def test_goes_on_where_it_was_interrupted(store: Mediator) -> None:
    first, second = [draft(None, "1"), draft(ADA, "2")], [draft(BOB, "3"), "unreadable"]
    with pytest.raises(SourceLost):
        await store.send(ImportRecords(lines=lost_after(first), reader=Drafts(), name="n", mark="m"))

    done = await store.send(importing(first, second, name="n", mark="m"))

    assert (done.lines, done.created, done.rejected, done.resumed_after) == (4, 3, 1, 2)
    assert await state_of(store, BOB) == ("people", 1, "3", ())


async def test_does_nothing_once_it_is_finished(store: Mediator) -> None:
    lines = [draft(None, "1"), draft(ADA, "2")]
    await store.send(importing(lines, name="n"))

    again = await store.send(importing(lines, name="n"))

    assert (again.lines, again.created, again.rejected, again.resumed_after) == (2, 2, 0, 2)
    assert await state_of(store, ADA) == ("people", 1, "2", ())


async def test_a_name_is_of_one_source(store: Mediator) -> None:
    await store.send(importing([draft(ADA, "1")], name="n", mark="one"))

    with pytest.raises(ImportNameTaken):
        await store.send(importing([draft(BOB, "2")], name="n", mark="two"))

    with pytest.raises(RecordNotFound):
        await store.send(GetRecord(id=BOB))


ONE, TWO, THREE = [draft(None, "1")], [draft(None, "2")], [draft(None, "3")]


@pytest.mark.parametrize(
    "parts",
    [[ONE, THREE], [ONE, THREE, TWO], [THREE, TWO], [ONE], [], [TWO, ONE], [[*ONE, *ONE]]],
    ids=["another last line", "and more", "another first line", "fewer lines", "none", "another order", "doubled"],
)
@pytest.mark.parametrize("is_finished", [True, False])
async def test_other_lines_under_a_name_are_refused_and_not_stored(
    store: Mediator, parts: Sequence[Sequence[Content]], is_finished: bool
) -> None:
    if is_finished:
        await store.send(importing(ONE, TWO, name="n"))
    else:
        with pytest.raises(SourceLost):
            await store.send(ImportRecords(lines=lost_after(ONE, TWO), reader=Drafts(), name="n"))

    with pytest.raises(ImportNameTaken, match="other lines"):
        await store.send(importing(*parts, name="n"))

    assert await payloads_in(store) == ['"1"', '"2"']
    done = await store.send(importing([*ONE, *TWO], THREE, name="n"))
    assert (done.resumed_after, done.created) == (2, 3)
    assert await payloads_in(store) == ['"1"', '"2"', '"3"']


async def payloads_in(store: Mediator) -> list[str]:
    page = await store.send(ListRecords(page=PageRequest(limit=100)))
    return sorted(record.payload for record in page.items)


async def test_what_becomes_of_taken_ids_belongs_to_the_import(store: Mediator) -> None:
    await store.send(importing([draft(ADA, "1")], name="n"))

    with pytest.raises(ImportNameTaken, match="other options"):
        await store.send(importing([draft(ADA, "1")], name="n", on_conflict="replace"))


async def test_is_done_once_more_where_that_is_asked_for(store: Mediator) -> None:
    lines = [[draft(ADA, "1")], [draft(BOB, "2")]]
    await store.send(importing(*lines, name="n", on_conflict="replace"))
    with pytest.raises(SourceLost):
        await store.send(
            ImportRecords(lines=lost_after(lines[0]), reader=Drafts(), name="n", again=True, on_conflict="replace")
        )

    resumed = await store.send(importing(*lines, name="n", again=True, on_conflict="replace"))

    assert (resumed.resumed_after, resumed.lines, resumed.created, resumed.replaced) == (1, 2, 0, 2)
    assert await state_of(store, ADA) == ("people", 2, "1", ())
    assert await state_of(store, BOB) == ("people", 2, "2", ())


async def test_two_who_carry_on_the_same_import_do_not_store_a_line_twice(store: Mediator) -> None:
    def carry_on() -> ImportRecords:
        return importing(*([draft(None, str(number))] for number in range(8)), name="n")

    outcomes = await asyncio.gather(*(store.send(carry_on()) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(outcome, ImportProgress | ImportSuperseded) for outcome in outcomes)
    await store.send(carry_on())

    page = await store.send(ListRecords(page=PageRequest(limit=100)))
    assert sorted(record.payload for record in page.items) == [f'"{number}"' for number in range(8)]
