"""pgbench: what PostgreSQL does where nothing is between it and the statements."""

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from bench.rates.contenders import SIZE, Case, Contender, Server
from bench.rates.load import Load, Rate, WrongAnswer
from bench.rates.questions import BATCH, CITY, FILTERED, LINKED, PAGE, payload
from bench.stores import COLLECTION
from datastore_service.infrastructure.embedded.programs import find_programs

PGBENCH: Final = "pgbench"
_ID: Final = "(lpad(to_hex(:number::bigint), 12, '0') || '70020000' || lpad(to_hex(:number::bigint), 12, '0'))::uuid"
# With a blank after each colon, which otherwise begins the name of a variable.
_DOCUMENT: Final = f"'{json.dumps(payload(SIZE))}'::jsonb"
# Anything else than one row is an error.
_ONE_ROW: Final = "\\gset"
_FIELDS: Final = "SELECT id, collection, version, payload, tags, created_at, updated_at FROM record_view"


def _created(rows: int) -> str:
    return (
        "WITH written AS (INSERT INTO records (id, collection_id, version, payload, created_at, updated_at) "  # noqa: S608 - of constants
        f"SELECT uuidv7(), id, 1, {_DOCUMENT}, now(), now() FROM collections, generate_series(1, {rows}) "
        f"WHERE name = '{COLLECTION}' RETURNING *) {_logged('create')};"
    )


def _replaced() -> str:
    return (
        f"\\set number random({SIZE // 2}, {SIZE - 1})\n"  # noqa: S608 - of constants
        f"WITH written AS (UPDATE records SET version = version + 1, payload = {_DOCUMENT}, updated_at = now() "
        f"WHERE id = {_ID} RETURNING *) {_logged('replace')} RETURNING version {_ONE_ROW}"
    )


def _logged(operation: str) -> str:
    return (
        "INSERT INTO revisions (record_id, collection_id, version, operation, payload, tags, actor, at) "  # noqa: S608 - of constants
        f"SELECT id, collection_id, version, '{operation}', payload, '{{}}', 'anonymous', updated_at FROM written"
    )


def _listed(size: int, condition: str = "") -> str:
    return (
        f"{_FIELDS} WHERE collection_id = (SELECT id FROM collections WHERE name = '{COLLECTION}') "  # noqa: S608 - of constants
        f"AND deleted_at IS NULL {condition} ORDER BY id LIMIT {size};"
    )


def _linked() -> str:
    return (
        f"\\set number random(0, {SIZE // 2})\n"
        "SELECT source.id, source.payload, target.id, target.payload FROM record_view AS source "
        "JOIN link_view ON link_view.source = source.id AND relation = 'knows' "
        "JOIN record_view AS target ON target.id = link_view.target "
        f"WHERE source.id = {_ID} ORDER BY link_view.id LIMIT {LINKED + 1};"
    )


_SCRIPTS: Final[Mapping[str, str]] = {
    "create": _created(1),
    "batch of 100": _created(BATCH),
    "replace": _replaced(),
    "get by id": f"\\set number random(0, {SIZE // 2})\n{_FIELDS} WHERE id = {_ID} {_ONE_ROW}",
    "list of 100": _listed(PAGE + 1),
    "filtered list": _listed(FILTERED + 1, f"AND datastore_order(payload #> '{{city}}') COLLATE \"C\" = '1{CITY}'"),
    "nested links": _linked(),
}


@dataclass(frozen=True, slots=True)
class ScriptLoad:
    """A statement that pgbench prepares once and runs again and again."""

    script: Path
    environment: Mapping[str, str]

    async def run(self, connections: int, seconds: int) -> Rate:
        """See `Load.run`."""
        prefix = self.script.with_suffix(".log")
        command: Sequence[str] = [
            *(str(find_programs() / "bin" / "pgbench"), "--no-vacuum", "--protocol", "prepared"),
            *("--client", str(connections), "--jobs", str(min(2, connections)), "--time", str(seconds)),
            *("--file", str(self.script), "--log", "--log-prefix", str(prefix)),
        ]
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **self.environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        output, _ = await process.communicate()
        taken = time.perf_counter() - began
        if process.returncode or b"number of failed transactions: 0" not in output:
            raise WrongAnswer(f"{self.script.name}: {output.decode()}")
        times: list[int] = []
        for log in prefix.parent.glob(f"{prefix.name}.*"):
            times += [int(line.split()[2]) for line in log.read_text(encoding="ascii").splitlines()]
            log.unlink()
        times.sort()
        median, late = (times[len(times) * hundredth // 100] / 1e6 for hundredth in (50, 99))
        return Rate(answers=len(times), seconds=taken, median=median, late=late)


def pgbench(server: Server, url: str) -> Contender:
    """Works on a database as the service has it."""
    parts = urlsplit(url)
    host = parse_qs(parts.query)["host"][0]
    environment = {"PGHOST": host, "PGPORT": parse_qs(parts.query)["port"][0], "PGUSER": "postgres"}
    environment["PGDATABASE"] = parts.path.lstrip("/")
    loads: dict[Case, Load] = {}
    for name, script in _SCRIPTS.items():
        file = server.folder / f"pgbench-{name.replace(' ', '-')}.sql"
        file.write_text(script, encoding="utf-8")
        for door in ("REST", "GraphQL"):
            loads[Case(name, door)] = ScriptLoad(file, environment)
    return Contender(PGBENCH, None, loads)
