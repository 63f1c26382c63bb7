"""A span for each SQL statement; asyncpg itself reports them, whichever part executes them."""

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from datastore_service.infrastructure.database.engine.pool import Pool
from datastore_service.infrastructure.database.engine.pools import Engines

if TYPE_CHECKING:
    from asyncpg.connection import LoggedQuery

    from datastore_service.telemetry.tracing import Tracing


async def trace_statements(engines: Engines, tracing: "Tracing") -> None:
    """Traces each statement on the pools' connections, which are opened anew for it."""

    def ended(record: "LoggedQuery") -> None:
        tracing.statement(record.query, record.elapsed, failed=record.exception is not None)

    def opened(connection: Any, _record: object) -> None:  # noqa: ANN401 - the dialect's own
        connection.driver_connection.add_query_logger(ended)

    for name in (field.name for field in fields(engines)):
        match getattr(engines, name):
            case Pool() as pool:
                pool.tell_of_statements(ended)
            case AsyncEngine() as engine:
                event.listen(engine.sync_engine, "connect", opened)
                await engine.dispose()
            case _:
                pass
