"""The migrations match the models, go both ways, and bear being run by many at once."""

import asyncio
from collections.abc import AsyncGenerator, Callable

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.fields import PayloadPath
from datastore_service.application.limits import Limits
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.bootstrap import build_mediator
from datastore_service.config.loader import load_settings
from datastore_service.config.settings import Settings
from datastore_service.database import open_database
from datastore_service.infrastructure.database.engine.pools import Engines, create_write_engine
from datastore_service.infrastructure.database.schema.indexes.building import WORDS, index_name, maintain
from datastore_service.infrastructure.database.schema.revision import newest_revision, revision_of
from datastore_service.infrastructure.database.schema.upgrade import alembic_config, upgrade

AGE = PayloadPath(("age",))
BORN = PayloadPath(("born",), as_time=True)


@pytest.fixture
async def empty(shared_engines: Engines, sql_settings: Settings) -> AsyncGenerator[AsyncEngine]:
    """An engine on a database of its own, with nothing in it."""
    admin = create_async_engine(shared_engines.write.url, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text("CREATE DATABASE empty"))
    url = shared_engines.write.url.set(database="empty").render_as_string(hide_password=False)
    settings = sql_settings.database.model_copy(update={"write_pool_size": 20})
    engine = create_write_engine(url, settings)
    yield engine
    await engine.dispose()
    async with admin.connect() as connection:
        await connection.execute(text("DROP DATABASE empty WITH (FORCE)"))
    await admin.dispose()


async def run(engine: AsyncEngine, step: Callable[[Config], object]) -> None:
    def with_connection(connection: Connection) -> None:
        step(alembic_config(connection))

    async with engine.begin() as connection:
        await connection.run_sync(with_connection)


async def tables(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        names = await connection.scalars(
            text("SELECT relname FROM pg_class WHERE relkind IN ('r', 'v') AND relnamespace = 'public'::regnamespace")
        )
        return set(names)


async def test_equal_the_models(empty: AsyncEngine) -> None:
    await upgrade(empty)

    await run(empty, command.check)


async def test_the_newest_is_known_by_its_name(empty: AsyncEngine) -> None:
    before = await revision_of(empty)

    reached = await upgrade(empty)

    assert (before, reached, await revision_of(empty)) == (None, newest_revision(), newest_revision())


async def test_go_up_and_down_and_up_again(empty: AsyncEngine) -> None:
    await upgrade(empty)
    up = await tables(empty)

    await run(empty, lambda config: command.downgrade(config, "base"))
    down = await tables(empty)
    await upgrade(empty)

    assert down == {"alembic_version"}
    assert await tables(empty) == up >= {"records", "record_view"}


async def test_go_down_and_up_from_a_filled_database(empty: AsyncEngine) -> None:
    url = empty.url.render_as_string(hide_password=False)
    settings = load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": url})
    async with open_database(settings) as engines:
        record = await build_mediator(engines, Limits()).send(CreateRecord(payload={"a": 1}, tags=["t"]))
        assert (await build_mediator(engines, Limits()).send(GetRecord(id=record.id))).tags == ("t",)

    await run(empty, lambda config: command.downgrade(config, "base"))
    await upgrade(empty)

    async with open_database(settings) as engines:
        assert (await build_mediator(engines, Limits()).send(CreateRecord(payload=1))).version == 1


async def test_a_table_in_use_makes_them_give_way_and_say_why(empty: AsyncEngine) -> None:
    await upgrade(empty)
    await run(empty, lambda config: command.downgrade(config, "-1"))
    before = await tables(empty)
    async with empty.connect() as reader:
        await reader.execute(text("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE"))

        with pytest.raises(StoreUnavailable, match=r"A migration waited 0\.1 seconds for a table"):
            await upgrade(empty, lock_timeout=0.1)

    assert await tables(empty) == before
    await upgrade(empty)


async def test_ten_at_once_migrate_once(empty: AsyncEngine) -> None:
    await asyncio.gather(*(upgrade(empty) for _ in range(10)))

    assert "record_view" in await tables(empty)


async def test_what_is_there_before_the_log_becomes_its_first_revision(empty: AsyncEngine) -> None:
    await run(empty, lambda config: command.upgrade(config, "0003"))
    async with empty.begin() as connection:
        await connection.execute(text(BEFORE_THE_LOG))

    await upgrade(empty)

    async with empty.connect() as connection:
        rows = await connection.execute(
            text("SELECT collection, version, operation, payload::text, tags, actor FROM revision_view ORDER BY seq")
        )
        assert [tuple(row) for row in rows] == [
            ("people", 1, "create", "1", ["a", "b"], "anonymous"),
            ("people", 7, "replace", "2", [], "anonymous"),
            ("people", 9, "delete", "3", [], "anonymous"),
        ]


BEFORE_THE_LOG = """
WITH collection AS (
  INSERT INTO collections (id, name, version, created_at, updated_at)
  VALUES ('00000000-0000-0000-0000-000000000001', 'people', 1, now(), now())
), record AS (
  INSERT INTO records (id, collection_id, version, payload, created_at, updated_at, deleted_at)
  SELECT ('00000000-0000-0000-0000-' || lpad(payload, 12, '0'))::uuid, '00000000-0000-0000-0000-000000000001',
    version, payload::jsonb, now(), now(), deleted_at
  FROM (VALUES ('1', 1, NULL), ('2', 7, NULL), ('3', 9, now())) AS given (payload, version, deleted_at)
), tag AS (
  INSERT INTO tags (name) VALUES ('b'), ('a') RETURNING id
)
INSERT INTO record_tags (record_id, tag_id) SELECT '00000000-0000-0000-0000-000000000001', id FROM tag
"""


FORMER = """
WITH collection AS (
  INSERT INTO collections (id, name, version, created_at, updated_at)
  VALUES ('00000000-0000-0000-0000-000000000001', 'people', 1, now(), now())
), record AS (
  INSERT INTO records (id, collection_id, version, payload, created_at, updated_at)
  SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, '00000000-0000-0000-0000-000000000001', 1,
    jsonb_build_object('t', U&'\\201Chello\\201D ' || n, 'age', n, 'born', '2026-01-01T00:00:00+20:00'), now(), now()
  FROM generate_series(1, 500) AS given (n)
)
INSERT INTO payload_indexes (collection_id, path, index_name, created_at)
SELECT '00000000-0000-0000-0000-000000000001', path, '', now()
FROM (VALUES ('payload.age'), ('payload.born::time')) AS given (path)
"""


async def test_indexes_of_a_former_version_are_rebuilt_while_others_write(empty: AsyncEngine) -> None:
    await run(empty, lambda config: command.upgrade(config, "0014"))
    age, born = (name.replace("_order_", "_payload_") for name in map(index_name, (AGE, BORN)))
    definition = "CREATE INDEX {} ON records (collection_id, datastore_{}(payload #> '{{{}}}'), id)"
    async with empty.begin() as connection:
        await connection.execute(text(FORMER))
        await connection.execute(
            text("UPDATE payload_indexes SET index_name = CASE path WHEN 'payload.age' THEN :age ELSE :born END"),
            {"age": age, "born": born},
        )
        await connection.exec_driver_sql(definition.format(age, "key", "age"))
        await connection.exec_driver_sql(definition.format(born, "moment", "born"))
        await connection.exec_driver_sql(
            "CREATE INDEX of_english ON records USING gin (datastore_words('english', payload))"
        )
        born_id = await connection.scalar(text("SELECT to_regclass(:name)::oid"), {"name": born})

    upgrading = asyncio.create_task(upgrade(empty))
    written = 0
    while not upgrading.done():
        async with empty.begin() as connection:
            await connection.execute(text("UPDATE records SET version = version + 1 WHERE id::text LIKE '%1'"))
            written += 1
        await asyncio.sleep(0.01)
    await upgrading

    assert written > 0
    async with empty.connect() as connection:
        found = await connection.execute(text(SERVING))
        indexes = {name: (valid, described) for name, valid, described in found}
        assert indexes == {
            index_name(AGE): (True, None),
            index_name(BORN): (True, None),
            "of_english": (True, WORDS),
            "records_words_simple_idx": (True, WORDS),
        }
        renamed = text("SELECT to_regclass(:name)::oid")
        assert await connection.scalar(renamed, {"name": index_name(BORN)}) != born_id
        definition_now = await connection.scalar(
            text("SELECT pg_get_indexdef(CAST(:name AS regclass))"), {"name": index_name(BORN)}
        )
        assert "datastore_time(" in definition_now
        await connection.execute(text("SET enable_seqscan = off"))
        for language in ("simple", "english"):
            words = f"datastore_words('{language}', payload) @@ datastore_query('{language}', '\"hello\"')"
            assert await connection.scalar(text(f"SELECT count(*) FROM records WHERE {words}")) == 500  # noqa: S608
    await run(empty, lambda config: command.downgrade(config, "0014"))
    await upgrade(empty)


SERVING = """
SELECT relname, indisvalid, obj_description(indexrelid, 'pg_class') FROM pg_index
JOIN pg_class ON pg_class.oid = indexrelid
WHERE indrelid = 'records'::regclass AND (relname ~ '^records_(order|payload|words)_' OR relname LIKE 'of_%')
"""


async def test_a_rebuilding_that_was_interrupted_is_taken_up(empty: AsyncEngine) -> None:
    await upgrade(empty)
    async with empty.begin() as connection:
        await connection.execute(text("COMMENT ON INDEX records_words_simple_idx IS NULL"))
        await connection.execute(
            text(
                "CREATE INDEX records_words_simple_idx_ccnew ON records USING gin (datastore_words('simple', payload))"
            )
        )
        await connection.execute(
            text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'records_words_simple_idx_ccnew'::regclass")
        )

    await maintain(empty)

    async with empty.connect() as connection:
        assert [tuple(row) for row in await connection.execute(text(SERVING))] == [
            ("records_words_simple_idx", True, WORDS)
        ]


@pytest.mark.parametrize("builds_indexes", [True, False])
async def test_a_service_answers_once_the_index_of_words_is_rebuilt(empty: AsyncEngine, builds_indexes: bool) -> None:
    """Also if the start that has migrated was interrupted before."""
    await upgrade(empty)
    async with empty.begin() as connection:
        await connection.execute(text("COMMENT ON INDEX records_words_simple_idx IS NULL"))
    url = empty.url.set(drivername="postgresql").render_as_string(hide_password=False)
    settings = load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": url})
    told: list[str] = []

    opened = open_database(settings, builds_indexes=builds_indexes, on_wait=told.append)
    async with opened, empty.connect() as connection:
        found = [tuple(row) for row in await connection.execute(text(SERVING))]

    assert found == [("records_words_simple_idx", True, WORDS)]
    assert told == ["The full-text index is being rebuilt."]


async def test_indexes_on_payloads_may_be_left_to_the_service(empty: AsyncEngine) -> None:
    await run(empty, lambda config: command.upgrade(config, "0014"))
    async with empty.begin() as connection:
        await connection.execute(text(FORMER))
        await connection.execute(text("UPDATE payload_indexes SET index_name = path"))

    await upgrade(empty, builds_indexes=False)

    async with empty.connect() as connection:
        names = {name for name, _, _ in await connection.execute(text(SERVING))}
        owed = await connection.scalar(text("SELECT count(*) FROM payload_indexes WHERE failure IS NULL"))
    assert (names, owed) == ({"records_words_simple_idx"}, 2)
