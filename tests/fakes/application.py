"""The whole application on fakes."""

from collections.abc import Sequence

from datastore_service.application.behaviours.placement import Placed
from datastore_service.application.feed.notifier import LocalNotifier
from datastore_service.application.feed.ports.changes import ChangeLog
from datastore_service.application.feed.ports.consumers import ConsumerStore
from datastore_service.application.feed.ports.webhooks import WebhookSender, WebhookStore
from datastore_service.application.feed.webhook import WebhookRules
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.ports.change_notifier import ChangeNotifier
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.closed_time import ClosedTime
from datastore_service.application.ports.documents import DocumentReader
from datastore_service.application.ports.identifiers import IdGenerator
from datastore_service.application.ports.indexes import PayloadIndexes
from datastore_service.application.read.ports.exports import RecordExporter
from datastore_service.application.read.ports.history import HistoryReader
from datastore_service.application.read.ports.links import LinkReader
from datastore_service.application.read.ports.plans import Planner
from datastore_service.application.read.ports.readers import CollectionReader, RecordReader
from datastore_service.application.read.ports.readiness import Readiness
from datastore_service.application.read.ports.selections import SelectionReader
from datastore_service.application.read.ports.typed_collections import ClaimedNames, TypedCollections
from datastore_service.application.write.ports.type_changes import PresentCollections, WriteGate
from datastore_service.application.write.ports.unit_of_work import TransactionFactory
from datastore_service.bootstrap import ADAPTERS, Adapters, Application, compose
from tests.fakes.changes import InMemoryChangeLog
from tests.fakes.clock import AlwaysClosed, TickingClock
from tests.fakes.consumers import InMemoryConsumerStore
from tests.fakes.documents import InMemoryDocumentReader
from tests.fakes.exports import InMemoryRecordExporter
from tests.fakes.extension_readers import READERS
from tests.fakes.history import InMemoryHistoryReader
from tests.fakes.identifiers import CountingIds
from tests.fakes.indexes import InMemoryIndexes, LooksAtEverything
from tests.fakes.links import InMemoryLinkReader
from tests.fakes.selections import NothingAtOnce
from tests.fakes.store import (
    AlwaysReady,
    InMemoryCollectionReader,
    InMemoryRecordReader,
    InMemoryStore,
    InMemoryTransactionFactory,
    InMemoryTypedCollections,
)
from tests.fakes.type_changes import InMemoryClaimedNames, InMemoryPresentCollections, OpenGate
from tests.fakes.webhooks import InMemoryWebhookStore, Receivers


def in_memory_mediator(
    adapters: Adapters | None = None,
    store: InMemoryStore | None = None,
    limits: Limits | None = None,
    behaviours: Sequence[Placed] = (),
) -> Mediator:
    """The way into it, for those who do not follow its changes."""
    return in_memory_application(adapters, store, limits, behaviours=behaviours).mediator


def in_memory_application(
    adapters: Adapters | None = None,
    store: InMemoryStore | None = None,
    limits: Limits | None = None,
    rules: WebhookRules | None = None,
    behaviours: Sequence[Placed] = (),
) -> Application:
    """Wires every handler as the service does, but on a store in memory: this one, or an empty one."""
    fakes = {
        ChangeNotifier: LocalNotifier,
        ChangeLog: InMemoryChangeLog,
        ConsumerStore: InMemoryConsumerStore,
        WebhookStore: InMemoryWebhookStore,
        WebhookSender: Receivers,
        Clock: TickingClock,
        ClosedTime: AlwaysClosed,
        IdGenerator: CountingIds,
        TransactionFactory: InMemoryTransactionFactory,
        CollectionReader: InMemoryCollectionReader,
        DocumentReader: InMemoryDocumentReader,
        PayloadIndexes: InMemoryIndexes,
        Planner: LooksAtEverything,
        LinkReader: InMemoryLinkReader,
        RecordExporter: InMemoryRecordExporter,
        RecordReader: InMemoryRecordReader,
        SelectionReader: NothingAtOnce,
        HistoryReader: InMemoryHistoryReader,
        Readiness: AlwaysReady,
        ClaimedNames: InMemoryClaimedNames,
        PresentCollections: InMemoryPresentCollections,
        TypedCollections: InMemoryTypedCollections,
        WriteGate: OpenGate,
        **READERS,
    }
    resources = {
        InMemoryStore: store or InMemoryStore(),
        Limits: limits or Limits(),
        WebhookRules: rules or WebhookRules(allowed_hosts=("localhost",)),
    }
    return compose({**ADAPTERS, **fakes, **(adapters or {})}, resources, behaviours)
