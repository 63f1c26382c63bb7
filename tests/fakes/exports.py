"""Exports, from memory."""

import csv
import io
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

from datastore_service.application.read.ports.exports import ExportForm
from datastore_service.application.times import timestamp
from datastore_service.application.views import RecordView
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
    writer.writerows(record | {"tags": json.dumps(record["tags"])} for record in records)
    yield text.getvalue().encode()


MEMBERS: Sequence[str] = ("id", "collection", "version", "payload", "tags", "created_at", "updated_at")


def _members(record: RecordView) -> dict[str, Any]:
    return {
        "id": str(record.id),
        "collection": record.collection,
        "version": record.version,
        "payload": record.payload,
        "tags": list(record.tags),
        "created_at": timestamp(record.created_at),
        "updated_at": timestamp(record.updated_at),
    }
