"""What is assumed of SQLAlchemy: keys and texts of statements, names of types, what waits, and how it commits."""

# pyright: reportPrivateUsage=false

from typing import Any, cast

import pytest
from sqlalchemy import Connection, Integer, bindparam, column, select, table
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, QueuePool
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.types import UserDefinedType

from datastore_service.library_internals.sqlalchemy import (
    CacheKey,
    around_ends_of_transactions,
    cache_key_of,
    dialect,
    register_type,
    waiting_in,
)
from tests.unit.library_internals.assumptions import broken, calls

STATEMENTS = "infrastructure/database/engine/statements.py"
PAPERS = table("papers", column("number", Integer))


def papers(number: int) -> ClauseElement:
    return select(PAPERS).where(PAPERS.c.number == number)


def test_statements_of_one_structure_have_one_key() -> None:
    one, other = cache_key_of(papers(1)), cache_key_of(papers(2))

    assert isinstance(one, CacheKey)
    assert isinstance(other, CacheKey)
    assert one.key == other.key, broken("sqlalchemy", "the key of a statement depends on its values", STATEMENTS)
    assert [each.value for each in (*one.bindparams, *other.bindparams)] == [1, 2]
    assert cache_key_of(select(PAPERS)) != one


def test_a_statement_is_filled_with_the_values_of_another() -> None:
    one = papers(1)
    compiled: Any = cast("Any", one).compile(dialect=dialect(), cache_key=cache_key_of(one))
    key = cache_key_of(papers(2))
    assert key is not None

    found = compiled.construct_params({}, extracted_parameters=key.bindparams)

    assert compiled.string.endswith("WHERE papers.number = $1::INTEGER")
    assert [found[name] for name in compiled.positiontup] == [2], broken(
        "sqlalchemy", "compiled statements do not say which parameter is $1", STATEMENTS
    )


def test_lists_become_parameters_late() -> None:
    statement = select(PAPERS).where(PAPERS.c.number.in_(bindparam("numbers", expanding=True)))
    compiled: Any = statement.compile(dialect=dialect())

    assert compiled.post_compile_params
    state = compiled.construct_expanded_state({"numbers": [4, 5]})
    assert state.statement.endswith("IN ($1::INTEGER, $2::INTEGER)")
    assert [state.parameters[name] for name in state.positiontup] == [4, 5]
    assert state.processors == {}


def test_reads_types_back_by_the_names_that_are_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    class Invented(UserDefinedType[int]):
        cache_ok = True

    monkeypatch.setattr(PGDialect, "ischema_names", PGDialect.ischema_names)
    register_type("invented", Invented)
    try:
        assert PGDialect.ischema_names["invented"] is Invented, broken(
            "sqlalchemy",
            "a schema is not read back by ischema_names",
            "infrastructure/database/engine/transaction_ids.py",
        )
    finally:
        del PGDialect.ischema_names["invented"]


def test_tells_how_many_wait_for_a_connection() -> None:
    pool = AsyncAdaptedQueuePool(lambda: None)  # pyright: ignore[reportArgumentType] - none is opened

    assert waiting_in(cast("QueuePool", pool)) == 0


def test_ends_transactions_by_the_dialect_of_the_engine() -> None:
    engine = create_async_engine("postgresql+asyncpg://")
    said: list[tuple[str, object]] = []
    around_ends_of_transactions(engine, lambda one: said.append(("begin", one)), lambda one: said.append(("end", one)))

    class Lent:
        driver_connection = "the driver's"

        def commit(self) -> None:
            said.append(("commit", self.driver_connection))

        def rollback(self) -> None:
            said.append(("rollback", self.driver_connection))

    engine.sync_engine.dialect.do_commit(cast("Any", Lent()))
    engine.sync_engine.dialect.do_rollback(cast("Any", Lent()))

    assert said == [(what, "the driver's") for what in ("begin", "commit", "end", "begin", "rollback", "end")]
    for method, called in ((Connection._commit_impl, "do_commit"), (Connection._rollback_impl, "do_rollback")):
        assert calls(method, called), broken(
            "sqlalchemy",
            f"the end of a transaction is not the dialect's {called}",
            "infrastructure/database/engine/sql_engines.py",
        )
