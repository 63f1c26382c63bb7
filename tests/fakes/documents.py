"""The documents of a collection, from memory."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from itertools import batched

from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.documents import DocumentPart
from tests.fakes.store import InMemoryStore, documents_of


@dataclass(frozen=True, slots=True)
class InMemoryDocumentReader:
    """Reads what has been committed."""

    store: InMemoryStore
    clock: Clock

    async def parts(self, collection: str, size: int, since: str | None = None, /) -> AsyncGenerator[DocumentPart]:
        as_of = self.clock.now()
        for part in batched(documents, size) if (documents := documents_of(self.store, collection, since)) else [()]:
            yield DocumentPart(as_of, part, str(self.store.last_xid))
