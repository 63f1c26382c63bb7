"""What is not documented of SQLAlchemy: keys and texts of statements, types, waiting, ends of transactions.

`infrastructure/database/engine/statements.py` compiles statements of one structure once for asyncpg;
`transaction_ids.py` beside it names a type of PostgreSQL; `sql_engines.py` watches over commits and rollbacks; the
metrics of pools tell how many wait.
"""

from collections.abc import Callable
from operator import methodcaller
from typing import Any, Final, cast

from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql.cache_key import CacheKey
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.types import TypeEngine

__all__ = [
    "CacheKey",
    "SQLCompiler",
    "around_ends_of_transactions",
    "cache_key_of",
    "dialect",
    "register_type",
    "waiting_in",
]

cache_key_of: Final = cast("Callable[[ClauseElement], CacheKey | None]", methodcaller("_generate_cache_key"))
"""Returns what statements of one structure have in common; None if SQLAlchemy cannot tell.

SQLAlchemy's own example of a cache of results uses it (examples/dogpile_caching). It is no function of Python's, which
would be called once more for each statement.
"""


def register_type(name: str, kind: type[TypeEngine[Any]]) -> None:
    """Has SQLAlchemy know a type of PostgreSQL when it reads a schema back."""
    cast("dict[str, type[TypeEngine[Any]]]", ischema_names)[name] = kind


def waiting_in(pool: QueuePool) -> int:
    """Counts who waits for a connection of an asynchronous engine; neither SQLAlchemy nor asyncio tells.

    Without defaults: if one of them is made otherwise, this fails, and with it its test.
    """
    return len(cast("Any", pool)._pool._queue._getters)


def around_ends_of_transactions(engine: AsyncEngine, begin: Callable[[Any], None], end: Callable[[Any], None]) -> None:
    """Has functions called before and after each commit and rollback; SQLAlchemy's events tell only that one begins.

    Args:
        engine: Whose transactions.
        begin: Is given the connection of the driver.
        end: The same, also if the transaction does not end well.
    """
    dialect_of_engine: Any = engine.sync_engine.dialect

    def surrounded(do: Callable[[Any], None]) -> Callable[[Any], None]:
        def do_surrounded(lent: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
            begin(lent.driver_connection)
            try:
                do(lent)
            finally:
                end(lent.driver_connection)

        return do_surrounded

    dialect_of_engine.do_commit = surrounded(dialect_of_engine.do_commit)
    dialect_of_engine.do_rollback = surrounded(dialect_of_engine.do_rollback)
