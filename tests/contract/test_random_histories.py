"""Random histories: what a replay of the log gives is what as-of gives, and what is brought back is what it was."""

import contextlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from datastore_service.application.json_codec import decode
from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Command
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.history import RevisionView
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.read.queries.list_revisions import ListRevisions
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.restore_record import RestoreRecord
from datastore_service.application.write.commands.revert_collection import RevertCollection
from datastore_service.application.write.commands.revert_record import RevertRecord
from datastore_service.domain.errors import DomainError, RecordDeleted, RecordNotFound
from datastore_service.domain.json_value import Json, same_json
from datastore_service.domain.records.json_diff import json_diff
from datastore_service.domain.records.json_patch import JsonPatch
from tests.profiles import costly
from tests.strategies import floats, json_objects, json_values, texts

type State = tuple[Json, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that may be tried on one of a few records; most of it is refused at times."""

    kind: str
    record: int
    payload: Json
    tags: tuple[str, ...]
    version: int

    def command(self, ids: list[UUID], collection: str) -> Command[object]:
        record_id = ids[self.record]
        match self.kind:
            case "replace":
                return ReplaceRecord(id=record_id, collection=collection, payload=self.payload, tags=self.tags)
            case "create":
                return CreateRecord(id=record_id, collection=collection, payload=self.payload, tags=self.tags)
            case "delete":
                return DeleteRecord(id=record_id)
            case "restore":
                return RestoreRecord(id=record_id)
            case _:
                return RevertRecord(id=record_id, version=self.version)


# Few and small, so that a record often is again what it was.
PAYLOADS: st.SearchStrategy[Json] = st.one_of(st.integers(-2, 2), floats(), texts(), json_objects())
STEPS = st.lists(
    st.builds(
        Step,
        kind=st.sampled_from(["create", "replace", "replace", "delete", "restore", "revert"]),
        record=st.integers(0, 2),
        payload=PAYLOADS,
        tags=st.lists(st.sampled_from("abc"), unique=True).map(lambda tags: tuple(sorted(tags))),
        version=st.integers(1, 4),
    ),
    max_size=12,
)


async def happen(store: Mediator, steps: list[Step]) -> tuple[list[UUID], str, list[list[RevisionView]]]:
    """Carries out what is not refused; returns the records, their collection, and their histories, oldest first."""
    ids, collection = [uuid4() for _ in range(3)], f"c{uuid4().hex}"
    for step in steps:
        with contextlib.suppress(DomainError):
            await store.send(step.command(ids, collection))
    pages = await store.send(ListRevisions(ids=ids, limit=100))
    return ids, collection, [list(page.items)[::-1] if page else [] for page in pages]


def state_of(revision: RevisionView | None) -> State | None:
    """What a reader got of a record while the revision was its last."""
    if revision is None or revision.operation == "delete":
        return None
    return decode(revision.payload.encode()), revision.tags


def replayed(history: list[RevisionView], at: datetime) -> RevisionView | None:
    return max((one for one in history if one.at <= at), key=lambda one: one.version, default=None)


async def content(store: Mediator, collection: str, as_of: datetime | None) -> dict[UUID, State]:
    criteria = RecordCriteria(collection=collection, as_of=as_of)
    page = await store.send(ListRecords(criteria=criteria, page=PageRequest(limit=100)))
    return {record.id: (decode(record.payload.encode()), record.tags) for record in page.items}


MANY = examples(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=costly(25)
)


@MANY
@given(steps=STEPS)
async def test_as_of_any_change_gives_what_a_replay_gives(store: Mediator, steps: list[Step]) -> None:
    ids, collection, histories = await happen(store, steps)

    for at in {revision.at for history in histories for revision in history}:
        there = {record_id: replayed(history, at) for record_id, history in zip(ids, histories, strict=True)}
        expected = {record_id: state for record_id, last in there.items() if (state := state_of(last)) is not None}
        assert await content(store, collection, at) == expected
        for record_id, last in there.items():
            try:
                record = await store.send(GetRecord(id=record_id, as_of=at))
            except RecordDeleted:
                assert last is not None
                assert last.operation == "delete"
            except RecordNotFound:
                assert last is None
            else:
                assert last is not None
                assert (record.version, (decode(record.payload.encode()), record.tags)) == (
                    last.version,
                    state_of(last),
                )


@MANY
@given(steps=STEPS)
async def test_versions_have_no_gaps_and_differences_lead_from_each_to_the_next(
    store: Mediator, steps: list[Step]
) -> None:
    _, _, histories = await happen(store, steps)

    for history in histories:
        assert [revision.version for revision in history] == list(range(1, len(history) + 1))
        for revision in history[1:]:
            diff = revision.diff()
            assert revision.before is not None
            assert diff is not None
            patched = JsonPatch.parse(decode(diff.encode())).apply(revision.before.document())
            assert same_json(patched, revision.document())


@MANY
@given(steps=STEPS, back=st.integers(0, 20), further=STEPS)
async def test_a_collection_that_is_reverted_is_what_it_was_and_can_be_reverted_again(
    store: Mediator, steps: list[Step], back: int, further: list[Step]
) -> None:
    ids, collection, histories = await happen(store, steps)
    times = sorted({revision.at for history in histories for revision in history})
    if not times:
        return
    at, last = times[back % len(times)], times[-1]
    for step in further:
        if step.kind in {"replace", "delete"}:
            with contextlib.suppress(DomainError):
                await store.send(step.command(ids, collection))

    preview = await store.send(RevertCollection(name=collection, as_of=at, dry_run=True))
    assert await store.send(RevertCollection(name=collection, as_of=at)) == preview
    assert await content(store, collection, None) == await content(store, collection, at)

    await store.send(RevertCollection(name=collection, as_of=last))
    assert await content(store, collection, None) == await content(store, collection, last)
    assert await store.send(RevertCollection(name=collection, as_of=last)) == []


@MANY
@given(before=json_values(), after=json_values())
def test_a_difference_makes_one_document_of_another(before: Json, after: Json) -> None:
    operations = json_diff(before, after)

    assert same_json(JsonPatch.parse(operations).apply(before), after)


def test_the_difference_of_large_documents_replaces_what_differs_at_the_top() -> None:
    before: Json = {"same": 1, "a/b": list(range(1000))}
    after: Json = {"same": 1, "a/b": list(range(1000, 0, -1))}

    assert json_diff(before, after) == [{"op": "replace", "path": "/a~1b", "value": list(range(1000, 0, -1))}]
