"""Datastore with a file of events: `uvicorn --app-dir docs/examples file_publisher:app`."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from datastore_service.application.json_codec import encode
from datastore_service.application.write.ports.events import EventPublisher
from datastore_service.config.loader import load_settings
from datastore_service.config.logs import configure_logging
from datastore_service.domain.json_value import Json
from datastore_service.domain.records.events import RecordChanged
from datastore_service.main import create_app


@dataclass(frozen=True, slots=True)
class FilePublisher:
    """Appends a line of JSON for each committed change.

    Attributes:
        path: The file, which is made where it is missing; its folder has to be there.
    """

    path: Path
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def publish(self, events: Sequence[RecordChanged], /) -> None:
        lines = b"".join(encode(_described(event)) + b"\n" for event in events)
        # One after the other, so that nobody's lines end up within somebody else's, and beside the event loop.
        async with self.turn:
            await asyncio.to_thread(self._append, lines)

    def _append(self, lines: bytes) -> None:
        with self.path.open("ab", buffering=0) as file:
            file.write(lines)
            os.fsync(file.fileno())


def _described(event: RecordChanged) -> Json:
    return {
        "operation": event.operation,
        "collection": event.collection,
        "record_id": str(event.record_id),
        "version": event.version,
        "payload": event.payload,
        "tags": list(event.tags),
        "at": event.at.isoformat(),
    }


settings = load_settings()
configure_logging(settings.observability)
publisher = FilePublisher(Path(os.environ.get("EVENTS_FILE", "events.ndjson")))
app = create_app(settings, adapters={EventPublisher: publisher})
