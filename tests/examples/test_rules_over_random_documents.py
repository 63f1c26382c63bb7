"""docs/examples/bearer: no GraphQL document finds what is not granted, whatever it asks for."""

import json
from datetime import UTC, datetime
from itertools import permutations
from typing import Any, Final, cast

import httpx2
import pytest
from graphql import GraphQLArgument, GraphQLObjectType
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as drawn
from hypothesis import strategies as st

from datastore_service.config.settings import Settings
from tests.examples.bearers import bearing
from tests.graphql_documents import Question, Values, questions
from tests.integration.test_compiled_graphql_property import IDS, RELATIONS, SCHEMA, asked, at, backwards, good
from tests.profiles import costly

MARK: Final = "cl4ss1f1ed"
SEEN, HIDDEN = IDS[::2], IDS[1::2]


ASKED: Final = frozenset({"record", "records", "node", "nodes", "recordsAggregate"})
NOT_ASKED: Final = frozenset(
    ("Query", name) for name in cast("GraphQLObjectType", SCHEMA.query_type).fields if name not in ASKED
)
"""Where a part of a document is refused, often nothing of it is answered, and nothing would be found out."""


def asked_of_what_is_granted(values: Values) -> Values:
    def named(field: str, name: str, argument: GraphQLArgument) -> st.SearchStrategy[Any] | None:
        if name in {"collection", "name"}:
            return st.just("people")
        return values(field, name, argument)

    return named


@pytest.fixture
def settings(settings: Settings) -> Settings:
    unlimited = {"max_aliases": 10_000, "max_root_fields": 10_000, "max_tokens": 100_000, "max_depth": 100}
    graphql = settings.graphql.model_copy(update={**unlimited, "max_cost": 1_000_000_000})
    return settings.model_copy(update={"graphql": graphql})


@pytest.fixture
async def filled(client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    for record_id in IDS:
        content = (
            {"collection": "things", "payload": {"a": MARK}, "tags": [MARK]}
            if record_id in HIDDEN
            else {"collection": "people", "payload": {"a": 1}, "tags": ["a"]}
        )
        for _ in range(2):
            (await client.put(f"/records/{record_id}", json=content, headers=bearing("admin"))).raise_for_status()
    for number, (source, target) in enumerate(permutations(IDS, 2)):
        path = f"/records/{source}/links/{RELATIONS[number % 2]}/{target}"
        (await client.put(path, headers=bearing("admin"))).raise_for_status()
    return client


DOCUMENTS: Final = st.one_of(
    [questions(SCHEMA, asked_of_what_is_granted(values), NOT_ASKED) for values in (good, backwards, asked)]
)


@drawn(
    max_examples=costly(40),
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
@given(DOCUMENTS)
async def test_finds_nothing_that_is_hidden(filled: httpx2.AsyncClient, criteria: Question) -> None:
    query, variables = at(datetime.now(UTC), criteria)
    headers = {"Content-Type": "application/json", **bearing("read:people")}

    answer = await filled.post(
        "/graphql", content=json.dumps({"query": query, "variables": variables}), headers=headers
    )

    assert MARK not in answer.text
    data = json.dumps(answer.json().get("data"))
    assert not [record_id for record_id in HIDDEN if str(record_id) in data]
