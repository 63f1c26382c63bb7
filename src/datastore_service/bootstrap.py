"""The composition root: decides which adapter meets which port. The only module that knows the container."""

from collections.abc import Mapping
from typing import Any, Final

import punq

from datastore_service.application.behaviours.log_sends import log_sends
from datastore_service.application.mediator import Behaviour, Mediator
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.identifiers import IdGenerator
from datastore_service.application.ports.readers import RecordReader
from datastore_service.application.ports.readiness import Readiness
from datastore_service.application.ports.unit_of_work import UnitOfWorkFactory
from datastore_service.application.registry import HANDLERS
from datastore_service.infrastructure.database.engine import Engines, ReadEngine, WriteEngine
from datastore_service.infrastructure.database.readers.readiness import SqlReadiness
from datastore_service.infrastructure.database.readers.records import SqlRecordReader
from datastore_service.infrastructure.database.unit_of_work import SqlUnitOfWorkFactory
from datastore_service.infrastructure.system import SystemClock, Uuid7Generator

ADAPTERS: Final[Mapping[Any, Any]] = {
    Clock: SystemClock,
    IdGenerator: Uuid7Generator,
    UnitOfWorkFactory: SqlUnitOfWorkFactory,
    RecordReader: SqlRecordReader,
    Readiness: SqlReadiness,
}

BEHAVIOURS: Final[tuple[Behaviour, ...]] = (log_sends,)


def build_mediator(engines: Engines) -> Mediator:
    """Wires the application on PostgreSQL."""
    return compose(ADAPTERS, {WriteEngine: engines.write, ReadEngine: engines.read})


def compose(adapters: Mapping[Any, Any], resources: Mapping[Any, object]) -> Mediator:
    """Wires every handler of the registry, once, and puts the behaviours around them.

    Args:
        adapters: For each port the class that meets it; what its constructor names is resolved in turn.
        resources: What is there already, by the type that constructors ask for.

    Raises:
        punq.MissingDependencyError: Nothing meets a port that a handler asks for.
    """
    container = punq.Container()
    for resource, instance in resources.items():
        container.register(resource, instance=instance)
    for port, adapter in adapters.items():
        container.register(port, adapter, scope=punq.Scope.singleton)
    for handler in HANDLERS.values():
        container.register(handler, scope=punq.Scope.singleton)
    resolved = {message: container.resolve(handler) for message, handler in HANDLERS.items()}
    return Mediator(resolved, BEHAVIOURS)
