"""The ASGI application: `uvicorn datastore_service.main:app`."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI

from datastore_service.api import edge as protection
from datastore_service.api.edge import methods
from datastore_service.api.graphql.documents.trusted import ManifestError
from datastore_service.api.graphql.schema import build_schema
from datastore_service.api.graphql.transport import endpoint as graphql
from datastore_service.api.graphql.transport.websockets import endpoint as websockets
from datastore_service.api.graphql.transport.websockets.protocol import Conversation, end_all
from datastore_service.api.http import problems
from datastore_service.api.http.authentication import Authenticator, anonymous
from datastore_service.api.http.routing import Service
from datastore_service.api.pages import routes as pages
from datastore_service.api.routes import ROUTERS
from datastore_service.api.routes.metrics import metrics_of
from datastore_service.api.routes.openapi import openapi
from datastore_service.application.behaviours.placement import Placed, placed
from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.feed.webhook import WebhookRules
from datastore_service.application.lifecycle import Lifecycle
from datastore_service.application.limits import Limits
from datastore_service.application.ports.observation import SendObserver, WriteMeter
from datastore_service.application.ports.tracing import CallTracer
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.bootstrap import BEHAVIOURS, Adapters, build_application
from datastore_service.config.database_settings import DatabaseSettings
from datastore_service.config.loader import load_settings
from datastore_service.config.logs import configure_logging
from datastore_service.config.settings import ServerSettings, Settings, WebhookSettings
from datastore_service.infrastructure.database.engine.acquire_timeout import when_available
from datastore_service.infrastructure.database.engine.clock import DatabaseClock
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pools import (
    ByKeyPool,
    CustomPlanPool,
    Engines,
    ListPool,
    ReadPool,
    WriteEngine,
    create_feed_engine,
    create_migration_engine,
    create_read_engines,
    create_write_engine,
    create_write_pool,
)
from datastore_service.infrastructure.database.engine.sql_engines import dispose
from datastore_service.infrastructure.database.feed import log_epoch
from datastore_service.infrastructure.database.schema.cursor_key import cursor_key
from datastore_service.infrastructure.database.schema.indexes.building import rebuild_words
from datastore_service.infrastructure.database.schema.reader_role import find_reader_role
from datastore_service.infrastructure.database.schema.revision import SchemaError, newest_revision, revision_of
from datastore_service.infrastructure.embedded import EmbeddedPostgresError, embedded_postgres
from datastore_service.infrastructure.telemetry.pools import watch_pools
from datastore_service.infrastructure.telemetry.statements import trace_statements
from datastore_service.telemetry.metrics import Metrics
from datastore_service.telemetry.switch import tracing_of


class StartupError(Exception):
    """The service cannot start; the message is one sentence for the user."""


@asynccontextmanager
async def open_database(
    settings: Settings,
    *,
    migrating: bool = True,
    builds_indexes: bool = True,
    join: bool = False,
    address: str | None = None,
    on_wait: Callable[[str], None] = lambda _: None,
) -> AsyncGenerator[Engines]:
    """Connects to the database, the embedded one where no other is named.

    Args:
        settings: The validated configuration.
        migrating: Whether the schema is brought up to date; else it has to be so already.
        builds_indexes: Whether indexes on payloads are built that a migration has changed. Filters and orders are right
            without them, so a service builds them in the background. Indexes of words are always rebuilt first.
        join: Whether the embedded database may be that of a service that runs.
        address: Where the embedded database runs, if this process does not have to start it.
        on_wait: Is told why, each time that the database is not there yet and is waited for.

    Raises:
        StartupError: The database cannot be started, reached or migrated.
    """
    async with AsyncExitStack() as stack:
        try:
            if settings.database.url is not None:
                address = settings.database.url.get_secret_value()
            elif address is None:
                address = await stack.enter_async_context(embedded_postgres(settings.database.data_dir, join=join))
            write = create_write_engine(address, settings.database)
            stack.push_async_callback(dispose, write)

            async def prepare() -> tuple[str, tuple[ReadPool, CustomPlanPool, ByKeyPool, ListPool]]:
                revision = await _revision(
                    address, settings.database, write, migrating=migrating, builds_indexes=builds_indexes
                )
                if migrating:
                    with translate_database_errors():
                        await rebuild_words(write, on_wait)
                pools = await create_read_engines(address, settings.database, write, revision, find_reader_role)
                return revision, pools

            seconds, place = settings.database.start_timeout, place_of(settings.database)
            revision, (read, planning, keyed, lists) = await when_available(
                prepare, seconds=seconds, place=place, on_wait=on_wait
            )
            for pool in (read, planning, keyed, lists):
                stack.push_async_callback(pool.close)
            gathered = create_write_pool(address, settings.database)
            stack.push_async_callback(gathered.close)
            pools = (read, planning, keyed, lists, gathered)
            for pool in pools:
                pool.expire_with(*(other for other in pools if other is not pool))
            feed = await create_feed_engine(address, settings.database, write, find_reader_role)
            stack.push_async_callback(dispose, feed)
            await log_epoch.ensure(write)
            clock = DatabaseClock()
            await clock.begin(write)
        except EmbeddedPostgresError as error:
            raise StartupError(str(error)) from error
        except (StoreUnavailable, SchemaError) as error:
            raise StartupError(f"{str(error).rstrip('.')} ({place_of(settings.database)}).") from error
        yield Engines(
            write=write,
            read=read,
            planning=planning,
            keyed=keyed,
            lists=lists,
            feed=feed,
            gathered=gathered,
            clock=clock,
            revision=revision,
        )


async def _revision(
    address: str, settings: DatabaseSettings, write: WriteEngine, *, migrating: bool, builds_indexes: bool
) -> str:
    """Returns the revision of the schema, which is one that the service accepts."""
    if await revision_of(write) == (newest := newest_revision()):
        return newest
    # Most starts have nothing to migrate, and do without what that takes.
    from datastore_service.infrastructure.database.schema import upgrade as schema  # noqa: PLC0415 - as above

    if not migrating:
        return await schema.require(write)
    engine = create_migration_engine(address, settings)
    try:
        return await schema.upgrade(engine, settings.migration_lock_timeout, builds_indexes=builds_indexes)
    finally:
        await engine.dispose()


def place_of(settings: DatabaseSettings) -> str:
    """Returns where the database is, fit to be shown."""
    places = (settings.masked_url or settings.data_dir, settings.masked_read_url)
    return " and ".join(str(place) for place in places if place)


def limits_of(settings: Settings) -> Limits:
    """Returns the limits that concern the use cases."""
    return Limits(
        answers_kept_for=timedelta(hours=settings.limits.idempotency_hours),
        batch_operations=settings.limits.batch_operations,
        on_delete=settings.links.on_delete,
        filter_depth=settings.limits.filter_depth,
        filter_values=settings.limits.filter_values,
        order_keys=settings.limits.order_keys,
        large_collection=settings.advice.large_collection,
        groups=settings.limits.groups,
        search_language=settings.database.search_language,
        streams=settings.limits.streams,
        page_bytes=settings.limits.page_bytes,
        poll_seconds=settings.limits.poll_seconds,
        as_of_seconds=settings.limits.as_of_seconds,
    )


async def _cursor_key(settings: ServerSettings, engines: Engines) -> bytes:
    given = settings.cursor_key
    return given.get_secret_value().encode() if given else await cursor_key(engines.write)


def rules_of(settings: WebhookSettings) -> WebhookRules:
    """Returns what holds for webhooks."""
    return WebhookRules(
        allowed_hosts=settings.allowed_hosts,
        timeout_seconds=settings.timeout_seconds,
        most_failures=settings.most_failures,
        first_delay_seconds=settings.first_delay_seconds,
        longest_delay_seconds=settings.longest_delay_seconds,
    )


async def migrate(settings: Settings) -> str:
    """Brings the database's schema up to date, does nothing else, and returns the revision that it is at."""
    async with open_database(settings) as engines:
        return engines.revision


def create_app(
    settings: Settings,
    *,
    authenticate: Authenticator = anonymous,
    adapters: Adapters | None = None,
    address: str | None = None,
    refusals: Mapping[str, tuple[int, str]] | None = None,
    behaviours: Sequence[Placed] = (),
    security_schemes: Mapping[str, Mapping[str, Any]] | None = None,
) -> FastAPI:
    """Makes the application; its lifespan opens the database and closes it again.

    Args:
        settings: The validated configuration.
        authenticate: Tells who makes a request.
        adapters: What meets a port in the place of the service's own, such as an `Authorization` or `EventPublisher`.
        address: Where the embedded database runs, if another process looks after it.
        refusals: The codes of refusals that the service does not know itself, each with its HTTP status and its title.
        behaviours: What happens around each send besides what the service does itself.
        security_schemes: How a request proves to `authenticate` who makes it: objects of OpenAPI, by their names.

    Raises:
        StartupError: The file of trusted documents cannot be used.
        ValueError: A code has another meaning already, or its status is none of a refusal; or a behaviour stands next
            to one that is not there.
    """
    for code, (status, title) in (refusals or {}).items():
        problems.register(code, status, title)
    placed(BEHAVIOURS, behaviours)  # a mistake is told now, not at the start
    measured, lifecycle, cursors = Metrics(), Lifecycle(), CursorSigner()
    conversations = set[Conversation]()
    lifecycle.at_end(lambda: end_all(conversations))
    tracing = tracing_of(settings.observability)
    observers: Sequence[SendObserver] = (measured,) if tracing is None else (tracing, measured)
    plugged = {WriteMeter: measured, **({CallTracer: tracing} if tracing else {}), **(adapters or {})}

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        migrating, on_wait = settings.database.migrate, lifecycle.wait_for
        async with open_database(
            settings, migrating=migrating, builds_indexes=False, address=address, on_wait=on_wait
        ) as engines:
            watch_pools(measured, engines)
            cursors.key = await _cursor_key(settings.server, engines)
            rules = rules_of(settings.webhooks)
            application = build_application(
                engines, limits_of(settings), plugged, observers, cursors, rules, behaviours
            )
            app.state.mediator = application.mediator
            measured.feed_subscriptions.set_function(lambda: application.changes.subscriptions)
            lifecycle.at_end(application.changes.end)
            if tracing is not None:
                await trace_statements(engines, tracing)
            if settings.webhooks.deliver:
                application.webhooks.start()
            if migrating:
                await application.indexes.resume()
            yield
            await application.indexes.close()
            await application.webhooks.close()
            await application.changes.close()
        if tracing is not None:
            await tracing.close()

    app = Service(
        lambda routes: protection.protected(routes, settings, measured, lifecycle, tracing),
        title="Datastore",
        description=openapi.DESCRIPTION,
        version=version("datastore-service"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=openapi.operation_id,
        # The framework's own would tell of queries, and of each request once more (adr/0058).
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.settings = settings
    app.state.authenticate = authenticate
    app.state.metrics = measured
    app.state.tell_metrics = partial(metrics_of, app.state)
    app.state.lifecycle = lifecycle
    app.state.conversations = conversations
    app.state.cursors = cursors
    try:
        app.state.graphql = build_schema(settings.graphql, settings.limits, measured, cursors)
    except ManifestError as error:
        raise StartupError(str(error)) from error
    problems.install(app)
    openapi.install(app, settings.limits, security_schemes or {})
    app.router.routes += graphql.ROUTES
    for part in (*ROUTERS, websockets.router, pages.router):
        app.include_router(part)
    methods.install(app)
    return app


def __getattr__(name: str) -> FastAPI:
    """Makes `app` when an ASGI server asks for it, so that importing this module reads no configuration."""
    if name != "app":
        raise AttributeError(name)
    settings = load_settings()
    configure_logging(settings.observability)
    return create_app(settings)
