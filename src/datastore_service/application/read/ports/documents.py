"""The payloads of a collection, part by part."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from datastore_service.application.views import JsonText


@dataclass(frozen=True, slots=True)
class Document:
    """The payload of a record at its newest version."""

    id: UUID
    version: int
    payload: JsonText


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """Some documents, and the time at which all parts were so."""

    as_of: datetime
    documents: Sequence[Document]


class DocumentReader(Protocol):
    """Reads all documents of a collection under one snapshot."""

    def parts(self, collection: str, size: int, /) -> AsyncGenerator[DocumentPart]:
        """Returns the documents of the live records in the order of their ids, at most so many in a part.

        There is at least one part, if an empty one. The parts hold a connection until they are read to the end or
        closed, and one reading is under way at a time.

        Raises:
            StoreUnavailable: The store cannot be reached, or another reading does not end in time.
        """
        ...
