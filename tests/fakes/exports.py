"""Exports, from memory."""

import csv
import io
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from datastore_service.application.read.ports.exports import ExportForm
from datastore_service.application.times import timestamp
from datastore_service.application.views import RECORD_MEMBERS, RecordView
from tests.fakes.store import InMemoryStore


@dataclass(frozen=True, slots=True)
class InMemoryRecordExporter:
    """Writes what has been committed."""

    store: InMemoryStore

    async def begin(self, collection: str | None, form: ExportForm, /) -> AsyncGenerator[bytes]:
        present = [
            RecordView.of(record)
            for record in sorted(self.store.records.values(), key=lambda record: record.id)
            if record.deleted_at is None and collection in {None, record.collection}
        ]
        return _pieces([_members(record) for record in present], form)


async def _pieces(records: list[dict[str, Any]], form: ExportForm) -> AsyncGenerator[bytes]:
    if form == "ndjson":
        for record in records:
            yield json.dumps(record | {"payload": json.loads(record["payload"])}, ensure_ascii=False).encode() + b"\n"
        return
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, MEMBERS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in record.items()} for record in records)
    yield text.getvalue().encode()


def _cell(value: object) -> object:
    return json.dumps(value) if isinstance(value, tuple) else value


MEMBERS: Final = tuple(name for name in RECORD_MEMBERS if name != "deleted_at")


def _members(record: RecordView) -> dict[str, Any]:
    return {name: _written(getattr(record, name)) for name in MEMBERS}


def _written(value: object) -> object:
    return timestamp(value) if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value
