"""The ASGI application: `uvicorn datastore_service.main:app`."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI

from datastore_service.api import openapi, problems, protection
from datastore_service.api.graphql import endpoint as graphql
from datastore_service.api.graphql.schema import build_schema
from datastore_service.api.pages import routes as pages
from datastore_service.api.routes import health, records
from datastore_service.api.routes import problems as problem_types
from datastore_service.application.errors import StoreUnavailable
from datastore_service.bootstrap import build_mediator
from datastore_service.config.loader import load_settings
from datastore_service.config.logs import configure_logging
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database import schema
from datastore_service.infrastructure.database.embedded import EmbeddedPostgresError, embedded_postgres
from datastore_service.infrastructure.database.engine import Engines, create_read_engine, create_write_engine

DESCRIPTION: Final = """
A store of JSON records on PostgreSQL. What is done here can be done through GraphQL at `/graphql` as well.

Each record has a version, which is its ETag: send it back as `If-Match` and no change of somebody else's is lost.
Errors are problem documents (RFC 9457) with a stable `code`.
"""


class StartupError(Exception):
    """The service cannot start; the message is one sentence for the user."""


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncGenerator[Engines]:
    """Connects to the database, the embedded one where no other is named, with its schema brought up to date.

    Raises:
        StartupError: The database cannot be started, reached or migrated.
    """
    async with AsyncExitStack() as stack:
        try:
            url = settings.database.url
            address = (
                url.get_secret_value()
                if url
                else await stack.enter_async_context(embedded_postgres(settings.database.data_dir))
            )
            write = create_write_engine(address, settings.database)
            stack.push_async_callback(write.dispose)
            revision = await schema.upgrade(write)
            read = await create_read_engine(address, settings.database, write)
            stack.push_async_callback(read.dispose)
        except EmbeddedPostgresError as error:
            raise StartupError(str(error)) from error
        except (StoreUnavailable, schema.SchemaError) as error:
            place = settings.database.masked_url or settings.database.data_dir
            raise StartupError(f"{str(error).rstrip('.')} ({place}).") from error
        yield Engines(write, read, revision)


async def migrate(settings: Settings) -> str:
    """Brings the database's schema up to date, does nothing else, and returns the revision that it is at."""
    async with open_database(settings) as engines:
        return engines.revision


def create_app(settings: Settings) -> FastAPI:
    """Makes the application; its lifespan opens the database and closes it again."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with open_database(settings) as engines:
            app.state.mediator = build_mediator(engines)
            yield

    app = FastAPI(
        title="Datastore",
        description=DESCRIPTION,
        version=version("datastore-service"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=openapi.operation_id,
    )
    app.state.settings = settings
    app.state.graphql_schema = build_schema(settings.graphql)
    problems.install(app)
    protection.install(app, settings)
    openapi.install(app, settings.limits)
    for part in (records.router, records.patches, health.router, problem_types.router, graphql.router, pages.router):
        app.include_router(part)
    return app


def __getattr__(name: str) -> FastAPI:
    """Makes `app` when an ASGI server asks for it, so that importing this module reads no configuration."""
    if name != "app":
        raise AttributeError(name)
    settings = load_settings()
    configure_logging(settings.observability)
    return create_app(settings)
