"""The read side, where a whole answer is read at once."""

from collections.abc import Sequence
from typing import Protocol

from datastore_service.application.read.selections import Constant, Part
from datastore_service.application.views import JsonText


class SelectionReader(Protocol):
    """Reads the parts of an answer together."""

    async def read(self, parts: Sequence[Constant | Part]) -> JsonText:
        """Returns one JSON object, which has each part under its key; all of them are of the same moment.

        A part that there is not, or only its tombstone, is null.

        Raises:
            NotReadableAtOnce: Not in this way.
            StoreUnavailable: The store cannot be reached.
        """
        ...
