"""The documents of a collection, from memory."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from itertools import batched

from datastore_service.application.json_codec import encode
from datastore_service.application.ports.clock import Clock
from datastore_service.application.read.ports.documents import Document, DocumentPart
from datastore_service.application.views import JsonText
from tests.fakes.store import InMemoryStore


@dataclass(frozen=True, slots=True)
class InMemoryDocumentReader:
    """Reads what has been committed."""

    store: InMemoryStore
    clock: Clock

    async def parts(self, collection: str, size: int, /) -> AsyncGenerator[DocumentPart]:
        as_of = self.clock.now()
        documents = [
            Document(record.id, record.version, JsonText(encode(record.payload).decode()))
            for record in sorted(self.store.records.values(), key=lambda record: record.id)
            if record.deleted_at is None and record.collection == collection
        ]
        for part in batched(documents, size) if documents else [()]:
            yield DocumentPart(as_of, part)
