"""Whatever mutation there is, it does the same and is answered the same, compiled or not; and it is sent once."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import httpx2
import pytest
from graphql import GraphQLArgument, GraphQLObjectType
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from datastore_service.api.graphql.compiled_fields import InputCommand, NestedQuery, declaration_of
from datastore_service.application.mediator import Mediator
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine.pools import Engines
from tests.both_ways import BothWays, Counting, both_ways, without_news
from tests.graphql_documents import Question, mutations
from tests.graphql_questions import written_paths
from tests.integration.test_compiled_graphql_property import COLLECTIONS, IDS, SCHEMA, UNKNOWN, fill, maybe, stores
from tests.profiles import costly

EVERYTHING: Final = """
{ records(includeDeleted: true, first: 100) {
  nodes { id collection version payload tags deletedAt revisions { nodes { version operation payload } } }
} }
"""
NESTED_FIELDS: Final = frozenset(
    ("Record", name)
    for name, field in cast("GraphQLObjectType", SCHEMA.type_map["Record"]).fields.items()
    if isinstance(declaration_of(field), NestedQuery)
)
COMPILED: Final = [
    name
    for name, field in cast("GraphQLObjectType", SCHEMA.mutation_type).fields.items()
    if isinstance(declaration_of(field), InputCommand)
]

ids: Final = st.sampled_from([str(one) for one in IDS])
numbers: Final = st.integers(-(2**31), 2**31 - 1) | st.floats(-100, 100)
documents: Final = st.recursive(
    st.none() | st.booleans() | numbers | st.text("ab\u00fc", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "\u00e9"]), inner, max_size=3)
    ),
    max_leaves=8,
)
places: Final = st.sampled_from(["/payload", "/payload/a", "/payload/0", "/tags/-", "a"])
operations: Final = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "replace", "test"]), "path": places}, optional={"value": documents}
)
collections: Final = st.sampled_from([*COLLECTIONS, "\u00fc"])
tags: Final = st.lists(st.sampled_from(["a", "b", "a", ""]), max_size=2)
expected: Final[dict[str, st.SearchStrategy[Any]]] = {"expectedVersion": st.none() | st.integers(0, 3)}
created: Final[dict[str, st.SearchStrategy[Any]]] = {
    "id": st.none() | ids,
    "collection": collections,
    "payload": documents,
    "tags": tags,
}
replaced: Final = {"collection": st.none() | collections, "payload": documents, "tags": tags, **expected}
merges: Final = st.fixed_dictionaries({}, optional={"payload": documents, "tags": tags, "b": documents})
patches: Final = documents | merges | merges | st.lists(operations, max_size=2)
local: Final = st.sampled_from(["x", "y"])


def one_of_batch() -> st.SearchStrategy[dict[str, Any]]:
    refs = st.lists(st.fixed_dictionaries({"pointer": st.sampled_from(["/a", ""]), "lid": local}), max_size=1)
    ends = {"source": ids, "target": ids, "sourceLid": local, "targetLid": local}
    links = st.fixed_dictionaries({"relation": st.sampled_from(["knows", ""])}, optional=ends)
    members: dict[str, st.SearchStrategy[Any]] = {
        "create": st.fixed_dictionaries({}, optional={**created, "lid": local, "refs": refs}),
        "replace": st.fixed_dictionaries({}, optional={"id": ids, "lid": local, **replaced}),
        "patch": st.fixed_dictionaries({"patch": patches}, optional={"id": ids, "lid": local, **expected}),
        "delete": st.fixed_dictionaries({"id": ids}, optional=expected),
        "link": links,
        "unlink": links,
    }
    return st.sampled_from(list(members)).flatmap(lambda name: st.fixed_dictionaries({name: members[name]}))


INPUTS: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "createRecord": st.fixed_dictionaries({}, optional=created),
    "replaceRecord": st.fixed_dictionaries({"id": ids}, optional={**replaced, "expectExisting": st.booleans()}),
    "patchRecord": st.fixed_dictionaries({"id": ids, "patch": patches}, optional=expected),
    "deleteRecord": st.fixed_dictionaries({"id": ids}, optional=expected),
    "restoreRecord": st.fixed_dictionaries({"id": ids}),
    "revertRecord": st.fixed_dictionaries({"id": ids, "version": st.integers(0, 3)}, optional=expected),
    "applyBatch": st.fixed_dictionaries({"operations": st.lists(one_of_batch(), max_size=3)}),
    "linkRecords": st.fixed_dictionaries({"source": ids, "relation": st.just("knows"), "target": ids}),
}


def any_(field: str, name: str, argument: GraphQLArgument) -> st.SearchStrategy[Any] | None:
    """Arguments of which some are bad."""
    bad = st.sampled_from([{"id": "nobody"}, {"payload": 1, "unknown": 2}, {"tags": "a", "payload": 1}])
    return INPUTS[field] | bad if name == "input" and field in INPUTS else good(field, name, argument)


def good(field: str, name: str, _: GraphQLArgument) -> st.SearchStrategy[Any] | None:
    """Arguments that the schema allows."""
    if field == "payload":
        return maybe | written_paths()
    return INPUTS[field] if name == "input" else None


@dataclass(slots=True)
class Service:
    """Both ways, and what either has sent."""

    ways: BothWays
    mediator: Counting


@pytest.fixture
async def service(sql_settings: Settings, sql_mediator: Mediator) -> AsyncGenerator[Service]:
    unlimited = {"max_aliases": 10_000, "max_root_fields": 10_000, "max_tokens": 100_000, "max_depth": 100}
    graphql = sql_settings.graphql.model_copy(update={**unlimited, "max_cost": 1_000_000_000})
    mediator = Counting(sql_mediator)
    async with both_ways(sql_settings.model_copy(update={"graphql": graphql}), mediator) as ways:
        yield Service(ways, mediator)


some = settings(
    max_examples=costly(60),
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
sequences = st.lists(mutations(SCHEMA, list(INPUTS), any_), min_size=1, max_size=3)
known_ones = st.lists(mutations(SCHEMA, COMPILED, good, UNKNOWN | NESTED_FIELDS), min_size=1, max_size=3)


async def carried_out(client: httpx2.AsyncClient, changes: Sequence[Question]) -> list[Any]:
    """Returns the status and the answer of each, and at last what the store has then."""
    found: list[Any] = []
    for each in [*changes, Question(EVERYTHING, {})]:
        body = json.dumps({"query": each.text, "variables": each.variables})
        answer = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        text = without_news(answer.text, [str(one) for one in IDS])
        found.append((answer.status_code, answer.headers["content-type"], json.loads(text, parse_float=str)))
    *_, (_, _, store) = found
    store["data"]["records"]["nodes"].sort(key=json.dumps)
    return found


@some
@given(stores, sequences)
async def test_changes_and_answers_everything_as_the_resolvers_do(
    service: Service, engines: Engines, sql_mediator: Mediator, store: list[dict[str, Any]], changes: list[Question]
) -> None:
    sent: list[list[type]] = []
    answers: list[list[Any]] = []

    for client in (service.ways.compiling, service.ways.interpreting):
        await fill(engines, sql_mediator, store)
        service.mediator.sent.clear()
        answers.append(await carried_out(client, changes))
        sent.append([type(command) for command in service.mediator.sent])

    assert answers[0] == answers[1]
    assert sent[0] == sent[1]


@some
@given(stores, known_ones)
async def test_compiles_all_that_it_knows(
    service: Service, engines: Engines, sql_mediator: Mediator, store: list[dict[str, Any]], changes: list[Question]
) -> None:
    await fill(engines, sql_mediator, store)
    service.mediator.carried_out.clear()
    service.ways.tally.compiled = 0

    await carried_out(service.ways.compiling, changes)

    # The last is the query for all that there is.
    assert service.ways.tally.compiled == len(service.mediator.carried_out) + 1
