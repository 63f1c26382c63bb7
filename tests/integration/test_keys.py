"""The keys of values are the same in the program and in the database, and are in the order of the values."""

import random
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datastore_service.application.json_codec import encode
from datastore_service.application.read.criteria.orders import key_of
from datastore_service.domain.json_value import Json, exact_number
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.read.readers.keys import key_text
from tests.question_strategies import scalars

EDGES: list[Json] = [
    0, 1, -1, 9, 10, 99, 100, 9_999, 10_000, 10_001, -9_999, -10_000, -10_001, 123_456_789, 10**99, 10**100, 10**101,
    -(10**99), 0.1, 0.01, 0.001, 0.0001, 0.00001, 0.00011, 0.9999, 1.0001, -0.0001, -0.00001, -0.5, 1e-300, 1e300,
    10**100 + 5, 10**400 - 1, 1 / 3, None, True, False, "", "a", "A", "é", "x" * 201, [], [1], {}, {"a": 1},
]  # fmt: skip


async def keys_of(engines: Engines, values: list[Json]) -> list[str]:
    query = (
        "SELECT datastore_order(value::jsonb) AS key FROM unnest($1::text[]) WITH ORDINALITY AS t (value, n) ORDER BY n"
    )
    return [row["key"] for row in await engines.read.fetch(query, [[encode(value).decode() for value in values]])]


async def test_of_the_edges(engines: Engines) -> None:
    assert await keys_of(engines, EDGES) == list(map(key_text, EDGES))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(scalars(), min_size=1, max_size=50))
async def test_of_any_values(engines: Engines, values: list[Json]) -> None:
    assert await keys_of(engines, values) == list(map(key_text, values))


def rounded(number: float) -> Decimal:
    key = key_of(number)
    assert isinstance(key, int | float | Decimal)
    return exact_number(key)


def test_are_in_the_order_of_numbers() -> None:
    some = random.Random(1)  # noqa: S311
    numbers = [some.choice((1, -1)) * some.randrange(10 ** some.randrange(1, 130)) for _ in range(2_000)]
    numbers += [number for number in EDGES if isinstance(number, int | float) and not isinstance(number, bool)]
    numbers += [some.uniform(-1, 1) * 10.0 ** some.randrange(-40, 40) for _ in range(2_000)]

    assert sorted(numbers, key=rounded) == sorted(numbers, key=key_text)
