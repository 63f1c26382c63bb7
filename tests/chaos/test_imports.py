"""An import that is killed and carried on."""

import json
import random
import subprocess
from collections import Counter
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx2

from datastore_service.api.routes.bulk.lines import LINES_IN_A_PART
from tests.chaos.conftest import Blows
from tests.chaos.holdings import read
from tests.chaos.postgres import Postgres
from tests.chaos.service import Service
from tests.chaos.waiting import until

_LINES: Final = 2 * LINES_IN_A_PART


async def test_an_import_is_killed_and_carried_on(
    service: Service, postgres: Postgres, folder: Path, blows: Blows
) -> None:
    async for _ in blows:
        collection, held = f"import-{uuid4().hex[:12]}", uuid4()
        file = folder / f"{collection}.ndjson"
        in_the_middle = random.randrange(LINES_IN_A_PART, _LINES)  # noqa: S311 - no secret
        lines: list[dict[str, object]] = [{"payload": number} for number in range(_LINES)]
        lines[in_the_middle]["id"] = str(held)
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        await _put(service, f"/records/{held}", {"collection": collection, "payload": "before"})

        async with postgres.connection() as connection, connection.transaction():
            await connection.execute("SELECT FROM records WHERE id = $1 FOR UPDATE", held)
            killed = _import(service, file, collection)
            await postgres.somebody_waits_for_a_lock(within=30)
            killed.kill()
            killed.wait()
        carried_on = _import(service, file, collection)
        await until(lambda carried_on=carried_on: carried_on.poll() is not None, within=60)

        assert carried_on.returncode == 0
        holdings = await read(service, collection)
        assert Counter(payload for _, payload in holdings.present.values()) == Counter(range(_LINES))
        assert holdings.present.pop(held) == (2, in_the_middle)
        assert {version for version, _ in holdings.present.values()} == {1}
        versions = [(change["record_id"], change["version"]) for change in holdings.log]
        assert len(versions) == len(set(versions)) == _LINES + 1


def _import(service: Service, file: Path, collection: str) -> "subprocess.Popen[bytes]":
    return service.command("import", str(file), "--collection", collection, "--on-conflict", "replace")


async def _put(service: Service, path: str, body: object) -> None:
    async with httpx2.AsyncClient(base_url=service.base_url, timeout=20) as client:
        (await client.put(path, json=body)).raise_for_status()
