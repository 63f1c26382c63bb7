"""For the tests of an application of your own: the service on a PostgreSQL that is thrown away (adr/0092)."""

import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from datastore_service.application.behaviours.placement import Placed
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.bootstrap import Adapters, build_application
from datastore_service.config.loader import load_settings
from datastore_service.database import open_database
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.schema.models import Base
from datastore_service.infrastructure.embedded import embedded_postgres

_OF_MIGRATIONS: Final = {"change_log", "cursor_key"}


@asynccontextmanager
async def temporary_database() -> AsyncGenerator[Engines]:
    """Starts a PostgreSQL with empty tables in a folder that goes when the context ends; for a whole run of tests.

    Raises:
        EmbeddedPostgresError: It cannot be started; the extra `embedded` has its programs.
    """
    with tempfile.TemporaryDirectory(prefix="datastore-tests-") as folder:
        async with embedded_postgres(Path(folder) / "data") as url:
            settings = load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": url})
            async with open_database(settings) as engines:
                yield engines


@asynccontextmanager
async def fresh_mediator(
    engines: Engines, adapters: Adapters | None = None, behaviours: Sequence[Placed] = (), limits: Limits | None = None
) -> AsyncGenerator[Mediator]:
    """Gives a mediator of the service as it is served, on a database that is empty again when the context ends.

    Args:
        engines: What `temporary_database` yields.
        adapters: What meets a port in the place of the service's own, as in `create_app`.
        behaviours: What happens around each send besides, as in `create_app`.
        limits: The limits of the use cases; by default the usual ones.
    """
    application = build_application(engines, limits or Limits(), adapters, behaviours=behaviours)
    try:
        yield application.mediator
    finally:
        await application.indexes.close()
        await application.changes.close()
        await empty(engines)


async def empty(engines: Engines) -> None:
    """Takes all rows away but those that migrations have put there.

    Of few rows a DELETE takes a fiftieth of the time of a TRUNCATE, which makes new files for each table and index, and
    has all connections plan their statements anew.
    """
    tables = sorted(Base.metadata.tables.keys() - _OF_MIGRATIONS)
    all_of_them = ", ".join(tables)
    async with engines.write.begin() as connection:
        await connection.exec_driver_sql(
            f"""
            DO $$ BEGIN
              LOCK TABLE {all_of_them} IN SHARE ROW EXCLUSIVE MODE;
              IF (SELECT sum(pg_table_size(each)) FROM unnest('{{{all_of_them}}}'::regclass[]) AS each) > 4e6 THEN
                TRUNCATE {all_of_them};
              ELSE
                SET LOCAL session_replication_role = replica;
                {" ".join(f"DELETE FROM {table};" for table in tables)}
              END IF;
              -- Some tests bring a clock of their own, which may be far behind that of the test before.
              PERFORM setval('datastore_closed_time', 0, false);
            END $$
            """  # noqa: S608 - from the models
        )
