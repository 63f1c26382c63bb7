"""The ASGI application: `uvicorn datastore_service.main:app`."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from datastore_service.api import edge as protection
from datastore_service.api.edge import methods
from datastore_service.api.edge.capacity import Capacity
from datastore_service.api.graphql.core_names import SchemaNames
from datastore_service.api.graphql.current_schema import CurrentSchema
from datastore_service.api.graphql.documents.trusted import ManifestError
from datastore_service.api.graphql.schema import Schemas
from datastore_service.api.graphql.transport import endpoint as graphql
from datastore_service.api.graphql.transport.websockets import endpoint as websockets
from datastore_service.api.graphql.transport.websockets.protocol import Conversation, end_all
from datastore_service.api.http import catalogue, problems
from datastore_service.api.http.authentication import Authenticator, anonymous
from datastore_service.api.http.own_paths import ambiguous, is_own
from datastore_service.api.http.routing import Service
from datastore_service.api.pages import routes as pages
from datastore_service.api.routes.metrics import metrics_of
from datastore_service.api.routes.openapi import openapi
from datastore_service.api.routes.routers import ROUTERS
from datastore_service.application.behaviours.placement import Placed, placed
from datastore_service.application.lifecycle import Lifecycle
from datastore_service.application.ports.graphql_names import CoreNames
from datastore_service.application.ports.observation import SendObserver, WriteMeter
from datastore_service.application.ports.tracing import CallTracer
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.bootstrap import BEHAVIOURS, Adapters, build_application
from datastore_service.config.limits import limits_of, rules_of
from datastore_service.config.loader import load_settings
from datastore_service.config.logs import configure_logging
from datastore_service.config.settings import ServerSettings, Settings
from datastore_service.database import StartupError, open_database
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.schema.cursor_key import cursor_key
from datastore_service.infrastructure.telemetry.pools import watch_pools
from datastore_service.infrastructure.telemetry.statements import trace_statements
from datastore_service.telemetry.metrics import Metrics
from datastore_service.telemetry.switch import tracing_of


async def _cursor_key(settings: ServerSettings, engines: Engines) -> bytes:
    given = settings.cursor_key
    return given.get_secret_value().encode() if given else await cursor_key(engines.write)


def _schemas(settings: Settings, measured: Metrics, cursors: CursorSigner) -> Schemas:
    try:
        return Schemas(settings.graphql, settings.limits, measured, cursors)
    except ManifestError as error:
        raise StartupError(str(error)) from error


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
        StartupError: The file of trusted documents cannot be used, or `server.root_path` is a path of the service.
        ValueError: A code has another meaning already, or its status is none of a refusal; or a behaviour stands next
            to one that is not there.
    """
    for code, (status, title) in (refusals or {}).items():
        catalogue.register(code, status, title)
    placed(BEHAVIOURS, behaviours)  # a mistake is told now, not at the start
    measured, lifecycle, cursors = Metrics(), Lifecycle(), CursorSigner()
    conversations, capacity = set[Conversation](), Capacity.of(settings.limits)
    lifecycle.at_end(lambda: end_all(conversations))
    current_schema = CurrentSchema(_schemas(settings, measured, cursors), settings.limits.poll_seconds)
    tracing = tracing_of(settings.observability)
    observers: Sequence[SendObserver] = (measured,) if tracing is None else (tracing, measured)
    names = SchemaNames(lambda: current_schema.core)
    plugged = {WriteMeter: measured, CoreNames: names, **({CallTracer: tracing} if tracing else {}), **(adapters or {})}

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
                engines,
                limits_of(settings),
                plugged,
                observers,
                cursors,
                rules,
                (Placed(behaviour=current_schema, before=BEHAVIOURS[0]), *behaviours),
            )
            await current_schema.start(application.typed)
            app.state.mediator, app.state.typed_collections = application.mediator, application.typed
            measured.feed_subscriptions.set_function(lambda: application.changes.subscriptions)
            lifecycle.at_end(application.changes.end)
            if tracing is not None:
                await trace_statements(engines, tracing)
            if settings.webhooks.deliver:
                application.webhooks.start()
            if migrating:
                await application.indexes.resume()
            yield
            await current_schema.close()
            await application.indexes.close()
            await application.webhooks.close()
            await application.changes.close()
        if tracing is not None:
            await tracing.close()

    def protect(inner: ASGIApp) -> ASGIApp:
        return protection.protected(inner, settings, measured, lifecycle, capacity, tracing, lambda: app.routes)

    app: FastAPI = Service(
        protect,
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
    app.state.conversations, app.state.capacity = conversations, capacity
    app.state.cursors = cursors
    app.state.graphql = current_schema
    problems.install(app)
    openapi.install(app, settings.limits, security_schemes or {})
    app.router.routes += graphql.ROUTES
    for part in (*ROUTERS, websockets.router, pages.router):
        app.include_router(part)
    methods.install(app)
    return _checked(app, settings.server.root_path)


def _checked(app: FastAPI, root_path: str) -> FastAPI:
    if root_path and is_own(root_path, app.routes):
        raise StartupError(f"server.root_path: {ambiguous(root_path)}")
    return app


def __getattr__(name: str) -> FastAPI:
    """Makes `app` when an ASGI server asks for it, so that importing this module reads no configuration."""
    if name != "app":
        raise AttributeError(name)
    settings = load_settings()
    configure_logging(settings.observability)
    return create_app(settings)
