"""A unit of work names the port that nothing meets: on the fakes and on PostgreSQL."""

import pytest

from datastore_service.application.ports.identifiers import IdGenerator
from datastore_service.application.write.ports.unit_of_work import TransactionFactory
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.write.transaction import SqlTransactionFactory
from tests.fakes.identifiers import CountingIds
from tests.fakes.store import InMemoryStore, InMemoryTransactionFactory


@pytest.fixture(params=["fakes", "postgresql"])
def transactions(request: pytest.FixtureRequest) -> TransactionFactory:
    if request.param == "fakes":
        return InMemoryTransactionFactory(InMemoryStore(), CountingIds())
    engines: Engines = request.getfixturevalue("engines")
    return SqlTransactionFactory(engines.write, CountingIds(), engines.clock, engines.clock)


async def test_names_a_port_that_nothing_meets(transactions: TransactionFactory) -> None:
    async with transactions() as work:
        with pytest.raises(LookupError, match="There is no repository for IdGenerator"):
            work.repository(IdGenerator)
