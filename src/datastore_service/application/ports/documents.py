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
    """Some documents of one snapshot.

    Attributes:
        as_of: The time of the snapshot.
        mark: Names the snapshot, for a later reading of what has changed since.
    """

    as_of: datetime
    documents: Sequence[Document]
    mark: str


class DocumentReader(Protocol):
    """Reads all documents of a collection under one snapshot."""

    def parts(self, collection: str, size: int, since: str | None = None, /) -> AsyncGenerator[DocumentPart]:
        """Returns the documents of the live records in the order of their ids, at most so many in a part.

        There is at least one part, if an empty one. The parts hold a connection until they are read to the end or
        closed, and one reading is under way at a time.

        Args:
            collection: Its name.
            size: The most documents of a part.
            since: A mark: only documents that may be other ones than in its snapshot; some of them may be the same.

        Raises:
            StoreUnavailable: The store cannot be reached, or another reading does not end in time.
        """
        ...
