"""The whole application on fakes."""

from datastore_service.application.mediator import Mediator
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.identifiers import IdGenerator
from datastore_service.application.ports.readers import RecordReader
from datastore_service.application.ports.readiness import Readiness
from datastore_service.application.ports.unit_of_work import UnitOfWorkFactory
from datastore_service.bootstrap import compose
from tests.fakes.clock import TickingClock
from tests.fakes.identifiers import CountingIds
from tests.fakes.store import AlwaysReady, InMemoryRecordReader, InMemoryStore, InMemoryUnitOfWorkFactory


def in_memory_mediator() -> Mediator:
    """Wires every handler as the service does, but on an empty store in memory."""
    adapters = {
        Clock: TickingClock,
        IdGenerator: CountingIds,
        UnitOfWorkFactory: InMemoryUnitOfWorkFactory,
        RecordReader: InMemoryRecordReader,
        Readiness: AlwaysReady,
    }
    return compose(adapters, {InMemoryStore: InMemoryStore()})
