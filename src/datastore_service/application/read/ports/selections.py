"""The port that reads all parts of a GraphQL response with one statement."""

from collections.abc import Sequence
from typing import Protocol

from datastore_service.application.read.selections import Constant, Part
from datastore_service.application.views import JsonText


class SelectionReader(Protocol):
    """Reads the parts of an answer together."""

    async def read(self, parts: Sequence[Constant | Part]) -> JsonText:
        """Returns one JSON object, with each part under its key. One statement reads them all, from one snapshot.

        A part whose record does not exist, or is a tombstone, is null.

        Raises:
            NotReadableAtOnce: One statement cannot read the parts; the caller sends each query on its own.
            StoreUnavailable: The store cannot be reached.
        """
        ...
