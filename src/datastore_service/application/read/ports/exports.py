"""Everything that there is, as a stream."""

from collections.abc import AsyncGenerator
from typing import Literal, Protocol

type ExportForm = Literal["ndjson", "csv"]


class RecordExporter(Protocol):
    """Reads all records as a stream, since they may not fit into memory."""

    async def begin(self, collection: str | None, form: ExportForm, /) -> AsyncGenerator[bytes]:
        """Returns the records of one collection, or of all, as they are now, in the order of their ids.

        `ndjson` is a line of JSON for each record, with the members that it has in REST; `csv` (RFC 4180) is a header
        with those members and a row for each record, whose payload and tags are JSON. The stream holds a connection
        until it is read to its end or closed.

        Raises:
            StoreUnavailable: The store cannot be reached; the stream raises it as well.
        """
        ...
