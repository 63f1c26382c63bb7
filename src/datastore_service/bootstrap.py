"""The composition root: decides which adapter meets which port. The only module that knows the container."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import punq

from datastore_service.application.behaviours.authorize_sends import AuthorizeSends
from datastore_service.application.behaviours.observe import LogObserver, ObserveSends
from datastore_service.application.behaviours.placement import Placed, placed
from datastore_service.application.document_checks import DocumentChecks
from datastore_service.application.feed.followers import StoredFollowers
from datastore_service.application.feed.hub import ChangeHub
from datastore_service.application.feed.lag import Lags
from datastore_service.application.feed.notifier import LocalNotifier
from datastore_service.application.feed.ports.changes import ChangeLog
from datastore_service.application.feed.ports.consumers import ConsumerStore
from datastore_service.application.feed.ports.webhooks import WebhookSender, WebhookStore
from datastore_service.application.feed.webhook import WebhookRules
from datastore_service.application.feed.webhooks.deliverer import WebhookDeliverer
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Behaviour, Mediator
from datastore_service.application.ports.authorization import AllowAll, Authorization
from datastore_service.application.ports.change_notifier import ChangeNotifier
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.closed_time import ClosedTime
from datastore_service.application.ports.documents import DocumentReader
from datastore_service.application.ports.followers import Followers
from datastore_service.application.ports.graphql_names import CoreNames, NoCoreNames
from datastore_service.application.ports.identifiers import IdGenerator
from datastore_service.application.ports.indexes import PayloadIndexes
from datastore_service.application.ports.json_schemas import JsonSchemas
from datastore_service.application.ports.observation import NullWriteMeter, SendObserver, WriteMeter
from datastore_service.application.ports.tracing import CallTracer
from datastore_service.application.read.advisor import Advisor
from datastore_service.application.read.behaviours.advise_on_indexes import AdviseOnIndexes
from datastore_service.application.read.behaviours.check_as_of import CheckAsOf
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.application.read.ports.exports import RecordExporter
from datastore_service.application.read.ports.history import HistoryReader
from datastore_service.application.read.ports.links import LinkReader
from datastore_service.application.read.ports.plans import Planner
from datastore_service.application.read.ports.readers import CollectionReader, RecordReader
from datastore_service.application.read.ports.readiness import Readiness
from datastore_service.application.read.ports.selections import SelectionReader
from datastore_service.application.read.ports.typed_collections import ClaimedNames, TypedCollections
from datastore_service.application.registry import HANDLERS
from datastore_service.application.write.behaviours.idempotency import Idempotency
from datastore_service.application.write.behaviours.retry_on_conflict import RetryOnConflict
from datastore_service.application.write.collection_changes import CollectionChanges
from datastore_service.application.write.ports.events import AnnouncementPublisher, EventPublisher, NullEventPublisher
from datastore_service.application.write.ports.type_changes import PresentCollections, WriteGate
from datastore_service.application.write.ports.unit_of_work import TransactionFactory, UnitOfWorkFactory
from datastore_service.application.write.schema_validation import SchemaValidator
from datastore_service.application.write.units_of_work import StandingClock, UnitsOfWork
from datastore_service.infrastructure.database.engine.clock import DatabaseClock
from datastore_service.infrastructure.database.engine.closed_time import SqlClosedTime
from datastore_service.infrastructure.database.engine.pools import (
    ByKeyPool,
    CustomPlanPool,
    Engines,
    FeedEngine,
    ListPool,
    ReadPool,
    SchemaRevision,
    WriteEngine,
    WritePool,
)
from datastore_service.infrastructure.database.feed.consumers import SqlConsumerStore
from datastore_service.infrastructure.database.feed.log import SqlChangeLog
from datastore_service.infrastructure.database.feed.notifier import PostgresNotifier
from datastore_service.infrastructure.database.feed.webhooks import SqlWebhookStore
from datastore_service.infrastructure.database.read.readers.collections import SqlCollectionReader
from datastore_service.infrastructure.database.read.readers.documents import SqlDocumentReader
from datastore_service.infrastructure.database.read.readers.exports import SqlRecordExporter
from datastore_service.infrastructure.database.read.readers.history import SqlHistoryReader
from datastore_service.infrastructure.database.read.readers.links import SqlLinkReader
from datastore_service.infrastructure.database.read.readers.plans import SqlPlanner
from datastore_service.infrastructure.database.read.readers.readiness import SqlReadiness
from datastore_service.infrastructure.database.read.readers.records import SqlRecordReader
from datastore_service.infrastructure.database.read.readers.typed_collections import (
    SqlClaimedNames,
    SqlTypedCollections,
)
from datastore_service.infrastructure.database.read.selections.reader import SqlSelectionReader
from datastore_service.infrastructure.database.schema.indexes.catalogue import SqlPayloadIndexes
from datastore_service.infrastructure.database.write.gate import SqlWriteGate
from datastore_service.infrastructure.database.write.present_collections import SqlPresentCollections
from datastore_service.infrastructure.database.write.transaction import SqlTransactions
from datastore_service.infrastructure.json_schemas.validator import CompiledJsonSchemas
from datastore_service.infrastructure.system import Uuid7Generator
from datastore_service.infrastructure.webhooks import HttpWebhookSender, UntracedCalls

type Adapters = Mapping[Any, Any]
"""For each port what meets it: an object, or a class whose constructor names what it needs in turn."""

ADAPTERS: Final[Adapters] = {
    AnnouncementPublisher: NullEventPublisher,
    Authorization: AllowAll,
    ChangeNotifier: PostgresNotifier,
    ChangeLog: SqlChangeLog,
    Followers: StoredFollowers,
    ConsumerStore: SqlConsumerStore,
    WebhookStore: SqlWebhookStore,
    WebhookSender: HttpWebhookSender,
    Clock: DatabaseClock,
    ClosedTime: SqlClosedTime,
    EventPublisher: NullEventPublisher,
    IdGenerator: Uuid7Generator,
    UnitOfWorkFactory: UnitsOfWork,
    TransactionFactory: SqlTransactions,
    JsonSchemas: CompiledJsonSchemas,
    CollectionReader: SqlCollectionReader,
    CoreNames: NoCoreNames,
    DocumentReader: SqlDocumentReader,
    PayloadIndexes: SqlPayloadIndexes,
    Planner: SqlPlanner,
    LinkReader: SqlLinkReader,
    RecordExporter: SqlRecordExporter,
    RecordReader: SqlRecordReader,
    SelectionReader: SqlSelectionReader,
    ClaimedNames: SqlClaimedNames,
    PresentCollections: SqlPresentCollections,
    TypedCollections: SqlTypedCollections,
    HistoryReader: SqlHistoryReader,
    Readiness: SqlReadiness,
    WriteGate: SqlWriteGate,
    WriteMeter: NullWriteMeter,
    CallTracer: UntracedCalls,
}

BEHAVIOURS: Final[Sequence[type[Behaviour]]] = (
    ObserveSends,
    AuthorizeSends,
    CheckAsOf,
    AdviseOnIndexes,
    RetryOnConflict,
    Idempotency,
)
"""What surrounds each handler; the first is the outermost.

`AuthorizeSends` is wired only if the authorization can refuse something.
"""


@dataclass(frozen=True, slots=True)
class Application:
    """The application, wired: the way into it, and what goes on beside requests, which is to be closed in the end."""

    mediator: Mediator
    changes: ChangeHub
    webhooks: WebhookDeliverer
    indexes: PayloadIndexes
    typed: TypedCollections


def build_mediator(engines: Engines, limits: Limits, adapters: Adapters | None = None) -> Mediator:
    """Wires the application on PostgreSQL for those who only send; nothing is left open behind them."""
    return build_application(engines, limits, {ChangeNotifier: LocalNotifier, **(adapters or {})}).mediator


def build_application(
    engines: Engines,
    limits: Limits,
    adapters: Adapters | None = None,
    observers: Sequence[SendObserver] = (),
    cursors: CursorSigner | None = None,
    rules: WebhookRules | None = None,
    behaviours: Sequence[Placed] = (),
) -> Application:
    """Wires the application on PostgreSQL, with these adapters in the place of the service's own."""
    resources = {
        WriteEngine: engines.write,
        ReadPool: engines.read,
        CustomPlanPool: engines.planning,
        ByKeyPool: engines.keyed,
        ListPool: engines.lists,
        WritePool: engines.gathered,
        FeedEngine: engines.feed,
        DatabaseClock: engines.clock,
        SchemaRevision: engines.revision,
        Limits: limits,
        CursorSigner: cursors or CursorSigner(),
        WebhookRules: rules or WebhookRules(),
    }
    meeting = {**ADAPTERS, Clock: engines.clock, **(adapters or {})}
    return compose(meeting, resources, behaviours, observers)


def compose(
    adapters: Adapters,
    resources: Mapping[Any, object],
    additions: Sequence[Placed] = (),
    observers: Sequence[SendObserver] = (),
) -> Application:
    """Wires every handler of the registry, once, and puts the behaviours around them.

    Args:
        adapters: What meets the ports.
        resources: What is there already, by the type that constructors ask for.
        additions: Behaviours beside those of the service.
        observers: What observes each send beside the log, the outermost first.

    Raises:
        punq.MissingDependencyError: Nothing meets a port that a handler asks for.
        ValueError: An addition stands next to a behaviour that is not there.
    """
    container = punq.Container()
    for resource, instance in resources.items():
        container.register(resource, instance=instance)
    for port, adapter in adapters.items():
        if isinstance(adapter, type):
            container.register(port, adapter, scope=punq.Scope.singleton)
        else:
            container.register(port, instance=adapter)
    container.register(Clock, instance=StandingClock(container.resolve(Clock)))
    behaviours = [
        ObserveSends((*observers, LogObserver())) if each is ObserveSends else each
        for each in placed(BEHAVIOURS, additions)
        if each is not AuthorizeSends or adapters[Authorization] is not AllowAll
    ]
    classes = [each for each in behaviours if isinstance(each, type)]
    for part in (
        Advisor,
        SchemaValidator,
        DocumentChecks,
        CollectionChanges,
        ChangeHub,
        Lags,
        WebhookDeliverer,
        *HANDLERS.values(),
        *classes,
    ):
        container.register(part, scope=punq.Scope.singleton)
    handlers = {message: container.resolve(handler) for message, handler in HANDLERS.items()}
    surrounding = [
        cast("Behaviour", container.resolve(each)) if isinstance(each, type) else each for each in behaviours
    ]
    mediator = Mediator(handlers, surrounding)
    return Application(
        mediator,
        container.resolve(ChangeHub),
        container.resolve(WebhookDeliverer),
        container.resolve(PayloadIndexes),  # pyright: ignore[reportArgumentType] - punq does not say what it returns
        container.resolve(TypedCollections),  # pyright: ignore[reportArgumentType] - the same
    )
