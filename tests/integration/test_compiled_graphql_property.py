"""Whatever query there is, it is answered the same, compiled or not; and what can be compiled is."""

from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import pytest
import strawberry
from graphql import GraphQLArgument, is_object_type
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from datastore_service.api.graphql.compiled_fields import Interpreted, declaration_of
from datastore_service.api.graphql.resolvers.roots import MUTATIONS, NODES, QUERIES, merged
from datastore_service.api.graphql.types.scalars import SCALARS
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.record_criteria import EVERYTHING
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.application.read.history import RevisionCursor
from datastore_service.application.read.pagination import Cursor
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.link_records import LinkRecords
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.read.selections.adaptive_batching import AdaptiveBatcher
from datastore_service.library_internals.strawberry import core_schema
from datastore_service.testing import empty
from tests.both_ways import BothWays, both_ways
from tests.graphql_documents import LEFT_OUT, Question, questions
from tests.graphql_questions import filters, orders, searches, written_paths
from tests.profiles import costly
from tests.question_strategies import payloads
from tests.strategies import json_values, texts

SCHEMA: Final = core_schema(
    strawberry.Schema(merged(QUERIES), merged(MUTATIONS), types=NODES, config=StrawberryConfig(scalar_map=SCALARS))
)
IDS: Final = [UUID(int=number << 64) for number in (3, 1, 4, 15, 9, 2, 6)]
COLLECTIONS: Final = ["people", "things", "empty"]
RELATIONS: Final = ["knows", "owns"]
CURSORS: Final = {
    "records": [CursorSigner().sign(Cursor(one), EVERYTHING.scope) for one in IDS],
    "revisions": [str(RevisionCursor(version)) for version in range(4)],
}
UNKNOWN: Final = frozenset(
    (kind.name, name)
    for kind in SCHEMA.type_map.values()
    if is_object_type(kind) and not kind.name.startswith("__")
    for name, field in kind.fields.items()
    if isinstance(declaration_of(field), Interpreted)
)


NOW: Final = "2001-01-01T00:00:00.000000Z"
"""Stands for the time when the store has been filled."""

maybe: Final = st.sampled_from([LEFT_OUT, None])


def good(field: str, name: str, _: GraphQLArgument) -> st.SearchStrategy[Any] | None:
    """Arguments that nothing is wrong with."""
    ids = st.sampled_from([str(one) for one in IDS])
    nodes = ids | st.sampled_from(COLLECTIONS).map("collection:{}".format) | st.just("nothing")
    cursors = st.sampled_from(CURSORS.get(field, [str(Cursor(one)) for one in IDS]))
    return {
        "id": nodes if field == "node" else ids,
        "ids": st.lists(ids, max_size=4),
        "collection": st.sampled_from(COLLECTIONS),
        "name": st.sampled_from(COLLECTIONS),
        "relation": maybe | st.sampled_from(RELATIONS),
        "first": maybe | st.integers(0, 4),
        "after": maybe | cursors,
        "before": maybe | cursors,
    }.get(name)


def asked(field: str, name: str, argument: GraphQLArgument) -> st.SearchStrategy[Any] | None:
    """The same with questions, of which the cursors of plain lists know nothing."""
    if field == "payload":
        return maybe | written_paths()
    if (field, name) == ("record", "version"):
        return maybe | st.integers(0, 3)
    if field != "records":
        return good(field, name, argument)
    return {
        "collection": maybe | st.sampled_from(COLLECTIONS),
        "filter": maybe | filters(),
        "orderBy": maybe | orders(),
        "search": maybe | searches(),
        "tags": maybe | st.lists(st.sampled_from(["a", "b"]), max_size=2),
        "includeDeleted": st.booleans(),
        "asOf": maybe | st.sampled_from([NOW, "2020-01-01T00:00:00+01:00"]),
        "last": maybe | st.integers(0, 4),
    }.get(name)


def backwards(field: str, name: str, argument: GraphQLArgument) -> st.SearchStrategy[Any] | None:
    """The same from the ends of lists."""
    other = {} if field == "revisions" else {"first": "last", "last": "first"}
    return good(field, other.get(name, name), argument)


def any_(field: str, name: str, argument: GraphQLArgument) -> st.SearchStrategy[Any] | None:
    """Arguments of which some are bad."""
    places = {"last": "first", "first": "first", "after": "after", "before": "before"}
    found = good(field, places[name], argument) if name in places else asked(field, name, argument)
    if (field, name) == ("record", "asOf"):
        return maybe | st.sampled_from([NOW, "2020-01-01T00:00:00+01:00"])
    bad: dict[str, list[Any]] = {
        "first": [-1, 5000],
        "last": [-1, 2, 5000],
        "after": ["garbage"],
        "before": [""],
        "id": ["nothing", "collection:", ""],
        "name": ["", "\u00fc", "\ud800"],
        "relation": [""],
        "collection": ["\u00fc"],
        "filter": [{"payload": [{"path": "a..b"}]}, {"version": None}, {"collection": {"like": "a\\"}}],
        "orderBy": [[{}], [{"payload": "..", "attribute": "ID"}], [{"attribute": "ID"}] * 6],
        "search": ["\x00", "a" * 1001],
        "tags": [[""]],
        "path": ["..", "a" * 1001],
        "ids": [["nothing"], ["collection:people"]],
    }
    return found if found is None or name not in bad else found | st.sampled_from(bad[name])


records = st.fixed_dictionaries(
    {
        "id": st.sampled_from(IDS),
        "collection": st.sampled_from(COLLECTIONS[:2]),
        "payload": json_values() | payloads(),
        "tags": st.lists(texts().filter(bool) | st.sampled_from(["a", "b"]), max_size=3),
        "deleted": st.integers(0, 4).map(lambda number: not number),
        "links": st.lists(st.tuples(st.sampled_from(RELATIONS), st.sampled_from(IDS)), max_size=3, unique=True),
    }
)
stores = st.lists(records, max_size=len(IDS), unique_by=lambda record: str(record["id"]))


async def _shared(together: Any, criteria: object) -> object:  # noqa: ANN401 - of any questions and answers
    return await together._group.submit(criteria)


@pytest.fixture
async def service(
    sql_settings: Settings, sql_mediator: Mediator, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[BothWays]:
    # Lists that may share a statement take the one that is shared, also the first time.
    monkeypatch.setattr(AdaptiveBatcher, "submit", _shared)
    unlimited = {"max_aliases": 10_000, "max_root_fields": 10_000, "max_tokens": 100_000, "max_depth": 100}
    graphql = sql_settings.graphql.model_copy(update={**unlimited, "max_cost": 1_000_000_000})
    async with both_ways(sql_settings.model_copy(update={"graphql": graphql}), sql_mediator) as service:
        yield service


async def fill(engines: Engines, mediator: Mediator, store: list[dict[str, Any]]) -> None:
    await empty(engines)
    for record in store:
        await mediator.send(CreateRecord(**{name: record[name] for name in ("id", "collection", "payload", "tags")}))
    # What is linked to may not be deleted.
    present = {record["id"] for record in store if not record["deleted"]}
    for record in store:
        for relation, target in record["links"]:
            if target in present:
                await mediator.send(LinkRecords(source=record["id"], relation=relation, target=target))
                await mediator.send(ReplaceRecord(id=target, payload=relation, tags=[relation]))
    for record in store:
        if record["deleted"]:
            await mediator.send(DeleteRecord(id=record["id"]))


some = settings(
    max_examples=costly(60),
    # An example is a few hundred milliseconds: it is read as it was found.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@some
@given(stores, st.one_of([questions(SCHEMA, values, UNKNOWN) for values in (good, backwards, asked)]))
async def test_compiles_all_that_it_knows(
    service: BothWays, engines: Engines, sql_mediator: Mediator, store: list[dict[str, Any]], criteria: Question
) -> None:
    await fill(engines, sql_mediator, store)
    service.tally.compiled = 0

    answer = await service.answer(*at(datetime.now(UTC), criteria))

    assert "errors" not in answer.json(), answer.text
    assert service.tally.compiled == 1


@some
@given(stores, questions(SCHEMA, any_))
async def test_answers_everything_as_the_resolvers_do(
    service: BothWays, engines: Engines, sql_mediator: Mediator, store: list[dict[str, Any]], criteria: Question
) -> None:
    await fill(engines, sql_mediator, store)

    await service.answer(*at(datetime.now(UTC), criteria))


WALK: Final = """
query (
  $filter: RecordFilter, $order: [RecordOrder!], $search: String,
  $first: Int, $after: String, $last: Int, $before: String
) {
  records(
    filter: $filter, orderBy: $order, search: $search, first: $first, after: $after, last: $last, before: $before
  ) {
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


@some
@given(
    stores,
    st.fixed_dictionaries({}, optional={"filter": filters(), "order": orders(), "search": searches()}),
    st.sampled_from(["first after hasNextPage endCursor", "last before hasPreviousPage startCursor"]),
)
async def test_walks_through_lists_as_the_resolvers_do(
    service: BothWays,
    engines: Engines,
    sql_mediator: Mediator,
    store: list[dict[str, Any]],
    criteria: dict[str, Any],
    direction: str,
) -> None:
    await fill(engines, sql_mediator, store)
    size, cursor, has_more, end = direction.split()
    service.tally.interpreted = 0
    found: list[str] = []
    place, more = None, True

    while more:
        answer = await service.answer(WALK, {**criteria, size: 2, cursor: place})
        page = answer.json()["data"]["records"]
        found += [edge["node"]["id"] for edge in page["edges"]]
        place, more = page["pageInfo"][end], page["pageInfo"][has_more]

    assert len(found) == len(set(found))
    assert service.tally.interpreted == 0


def at(time: datetime, criteria: Question) -> tuple[str, Mapping[str, Any]]:
    """Returns the text and the variables of a question that says NOW."""
    now = time.isoformat()
    variables = {name: now if value == NOW else value for name, value in criteria.variables.items()}
    return criteria.text.replace(NOW, now), variables
