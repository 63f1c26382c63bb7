"""The database as the service and its commands open it: reached, at the right revision, with its pools."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from datastore_service.application.errors import StoreUnavailable
from datastore_service.config.database_settings import DatabaseSettings
from datastore_service.config.settings import Settings
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
from datastore_service.infrastructure.database.schema.indexes.building import rebuild_words
from datastore_service.infrastructure.database.schema.reader_role import find_reader_role
from datastore_service.infrastructure.database.schema.revision import SchemaError, newest_revision, revision_of
from datastore_service.infrastructure.embedded import EmbeddedPostgresError, embedded_postgres


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


async def migrate(settings: Settings) -> str:
    """Brings the database's schema up to date, does nothing else, and returns the revision that it is at."""
    async with open_database(settings) as engines:
        return engines.revision
