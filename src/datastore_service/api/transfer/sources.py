"""What is imported: bytes of a format, made into lines and what reads them."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal

from datastore_service.api.transfer.csv_lines import CsvReader, header_of
from datastore_service.api.transfer.lines import LineSplitter, in_parts
from datastore_service.api.transfer.ndjson import NdjsonReader
from datastore_service.application.ports.imports import ImportLine, LineReader
from datastore_service.domain.records.values import DEFAULT_COLLECTION, collection_name

type SourceForm = Literal["ndjson", "csv"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How bytes are read.

    Attributes:
        form: What they are.
        collection: Where records go that name no collection.
        payloads: Whether each line of NDJSON is a payload, rather than a record with its members.
        typed: Whether cells of CSV that are JSON numbers, true, false or null are taken for such.
        line_bytes: The most bytes of a line.
    """

    form: SourceForm
    line_bytes: int
    collection: str = DEFAULT_COLLECTION
    payloads: bool = False
    typed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Lines, what reads them, and what tells them from those of other sources."""

    lines: AsyncIterator[Sequence[ImportLine]]
    reader: LineReader
    mark: str


async def open_source(pieces: AsyncIterable[bytes], reading: Reading) -> Source:
    """Reads as far as it takes to know what the source is.

    Raises:
        MalformedLine: The header of the CSV cannot be read.
        InvalidValue: The name of the collection is none.
    """
    collection_name(reading.collection)
    parts = in_parts(pieces, LineSplitter(limit=reading.line_bytes, quoted=reading.form == "csv"))
    first = await anext(parts, list[ImportLine]())
    mark = _mark(first, reading)
    if reading.form == "ndjson":
        reader = NdjsonReader(collection=reading.collection, payloads=reading.payloads)
        return Source(lines=_resumed(first, parts), reader=reader, mark=mark)
    header = header_of(first[0]) if first else []
    reader = CsvReader(collection=reading.collection, header=header, typed=reading.typed)
    return Source(lines=_resumed(first[1:], parts), reader=reader, mark=mark)


def _mark(first: Sequence[ImportLine], reading: Reading) -> str:
    digest = hashlib.sha256(repr((reading, first[0].content if first else b"")).encode())
    return digest.hexdigest()


async def _resumed(
    first: Sequence[ImportLine], others: AsyncGenerator[Sequence[ImportLine]]
) -> AsyncGenerator[Sequence[ImportLine]]:
    if first:
        yield first
    async for part in others:
        yield part
