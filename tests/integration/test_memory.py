"""However much a search compares, the session that carries it out takes a bounded amount of memory."""

import re
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from datastore_service.application.fields import PayloadPath
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.aggregates import AggregateCriteria, Function, Measure
from datastore_service.application.read.criteria.conditions import (
    AllOf,
    AnyItem,
    AnyOf,
    Comparison,
    Condition,
    Not,
    Operator,
)
from datastore_service.application.read.criteria.orders import OrderKey
from datastore_service.application.read.criteria.record_criteria import MAX_ARRAYS, RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.queries.aggregate_records import AggregateRecords
from datastore_service.application.read.queries.count_records import CountRecords
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.read.queries.project_records import ProjectRecords
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.infrastructure.database.engine.pools import Engines

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="The memory of another process is read from /proc.")

MOST: Final = 256 * 1024
"""KiB."""

_PEAK: Final = re.compile(r"VmHWM:\s+(\d+) kB")


def paths(number: int) -> list[PayloadPath]:
    return [PayloadPath((f"a{place}",)) for place in range(number)]


PLACE: Final = PayloadPath(("k",))
MANY, ONE = PayloadPath(("many",)), PayloadPath(("one",))
TEXT: Final = PayloadPath(("t",))
QUESTIONS: Final[dict[str, Condition]] = {
    "any of many": AnyOf(tuple(Comparison(path, Operator.LIKE, "x") for path in paths(900))),
    "all of many": AllOf(tuple(Not(Comparison(path, Operator.EQ, 1)) for path in paths(900))),
    "many that hold": AllOf(tuple(Comparison(path, Operator.EXISTS, operand=False) for path in paths(900))),
    "ranges": AnyOf(tuple(Comparison(path, Operator.GTE, number) for number, path in enumerate(paths(300)))),
    "one place": AnyOf(tuple(Comparison(PLACE, Operator.LIKE, f"{number}%") for number in range(60))),
    "one place in lower case": AnyOf(tuple(Comparison(PLACE, Operator.ILIKE, f"{number}%") for number in range(60))),
    "not at one place": AllOf(tuple(Not(Comparison(PLACE, Operator.EQ, [number])) for number in range(60))),
    "ranges at one place": AnyOf(tuple(Comparison(PLACE, Operator.LT, f"a{number}") for number in range(60))),
    "items of many arrays": AnyOf((AnyItem(MANY, Comparison(TEXT, Operator.EQ, 1)),) * MAX_ARRAYS),
    "one place of an item": AnyItem(
        ONE, AnyOf(tuple(Comparison(TEXT, Operator.ILIKE, f"{number}%") for number in range(30)))
    ),
    "few": AllOf(tuple(Comparison(path, Operator.EXISTS, operand=False) for path in paths(3))),
}


@pytest.fixture(scope="module", autouse=True)
async def large(shared_engines: Engines) -> AsyncGenerator[None]:
    """Leaves no large record behind."""
    yield
    async with shared_engines.write.begin() as connection:
        await connection.execute(text("TRUNCATE records CASCADE"))


LARGE: Final = """
INSERT INTO records (id, collection_id, version, payload, created_at, updated_at)
SELECT gen_random_uuid(), id, 1, ('{"k": [' || repeat('{},', 1499999) || '{}]}')::jsonb, now(), now() FROM collections
UNION ALL
SELECT gen_random_uuid(), id, 1, jsonb_build_object('k', repeat('text ', 1000000)), now(), now() FROM collections
UNION ALL
SELECT gen_random_uuid(), id, 1, ('{"many": [' || repeat('{},', 99999) || '{}]}')::jsonb || jsonb_build_object('one',
jsonb_build_array(jsonb_build_object('t', repeat('text ', 1000000)))), now(), now() FROM collections
"""


async def peak(engines: Engines) -> int:
    """Returns the most that a session has taken, in KiB."""
    async with engines.write.connect() as connection:
        sessions = await connection.scalars(
            text("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
        )
    return max(map(peak_of, sessions))


def peak_of(process: int) -> int:
    match = _PEAK.search(Path(f"/proc/{process}/status").read_text(encoding="ascii"))
    return int(match[1]) if match else 0


async def test_searches_with_many_comparisons_over_a_large_payload(sql_mediator: Mediator, engines: Engines) -> None:
    await sql_mediator.send(CreateRecord(collection="large", payload={"k": 1}))
    # In a session of its own, as PostgreSQL takes a gigabyte to read it for the first time.
    admin = create_async_engine(engines.write.url, poolclass=NullPool)
    async with admin.begin() as connection:
        await connection.execute(text(LARGE))
    await admin.dispose()
    peaks = {"before": await peak(engines)}

    for name, condition in QUESTIONS.items():
        criteria = RecordCriteria(collection="large", where=condition)
        await sql_mediator.send(CountRecords(criteria=criteria))
        peaks[name] = await peak(engines)
    order = tuple(OrderKey(path) for path in paths(4))
    await sql_mediator.send(
        ListRecords(criteria=RecordCriteria(collection="large", order=order), page=PageRequest(limit=1))
    )
    peaks["order"] = await peak(engines)
    measures = {f"m{place}": Measure(Function.MAX, path) for place, path in enumerate(paths(10))}
    many = AggregateCriteria(records=RecordCriteria(collection="large"), measures=measures, limit=10)
    await sql_mediator.send(AggregateRecords(asked=many))
    peaks["aggregate"] = await peak(engines)

    picking = ProjectRecords(
        criteria=RecordCriteria(collection="large"), page=PageRequest(limit=10), fields=tuple(paths(50))
    )
    assert len((await sql_mediator.send(picking)).items) == 4
    peaks["fields"] = await peak(engines)

    assert max(peaks.values()) < MOST, peaks
