"""The source of an import: bytes of a format, split into lines, and the reader of the lines."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from datastore_service.api.routes.bulk.csv_lines import CsvReader, header_of
from datastore_service.api.routes.bulk.csv_rows import RowSplitter
from datastore_service.api.routes.bulk.encodings import UTF_8, in_utf_8
from datastore_service.api.routes.bulk.lines import LineSplitter, in_parts
from datastore_service.api.routes.bulk.ndjson import NdjsonReader
from datastore_service.application.write.ports.imports import ImportLine, LineReader
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import MAX_DEPTH
from datastore_service.domain.records.values import DEFAULT_COLLECTION, collection_name

type SourceForm = Literal["ndjson", "csv"]
type Decimal = Literal[".", ","]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read the bytes.

    Attributes:
        form: The format.
        collection: The collection of records that do not name one.
        payloads: Whether each line of NDJSON is a payload instead of a record with its members.
        typed: Whether CSV cells with JSON numbers, true, false or null are read as such.
        delimiter: The character between cells of CSV; None detects it from the header.
        decimal: The decimal separator in typed cells.
        encoding: The text encoding of the bytes.
        line_bytes: The maximum size of a line in bytes.
        json_depth: The maximum depth of a line's JSON.
        json_values: The maximum number of JSON values in a line; None sets no limit.
    """

    form: SourceForm
    line_bytes: int
    json_depth: int = MAX_DEPTH
    json_values: int | None = None
    collection: str = DEFAULT_COLLECTION
    payloads: bool = False
    typed: bool = False
    delimiter: str | None = None
    decimal: Decimal = "."
    encoding: str = UTF_8


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The lines of an import, their reader, and a mark that identifies the way of reading.

    Attributes:
        lines: The lines, in parts.
        reader: Makes drafts of records from lines.
        mark: Equal for equal ways of reading and equal CSV headers.
        former_mark: The mark that releases until 2026-12 stored.
    """

    lines: AsyncIterator[Sequence[ImportLine]]
    reader: LineReader
    mark: str
    former_mark: str


async def open_source(pieces: AsyncIterable[bytes], reading: Reading) -> Source:
    """Reads as much of the bytes as is necessary to know the format.

    Raises:
        MalformedLine: The header of the CSV cannot be read.
        InvalidValue: The collection's name is invalid, or two options contradict each other.
    """
    collection_name(reading.collection)
    if reading.decimal != "." and not reading.typed:
        raise InvalidValue("/decimal", "A decimal comma requires typed cells: set typed as well.")
    if reading.encoding != UTF_8:
        pieces = in_utf_8(pieces, reading.encoding)
    return await (_open_csv if reading.form == "csv" else _open_ndjson)(pieces, reading)


async def _open_ndjson(pieces: AsyncIterable[bytes], reading: Reading) -> Source:
    parts = in_parts(pieces, LineSplitter(limit=reading.line_bytes))
    first = await anext(parts, list[ImportLine]())
    return Source(
        lines=_resumed(first, parts),
        reader=NdjsonReader(
            collection=reading.collection,
            payloads=reading.payloads,
            max_depth=reading.json_depth,
            max_values=reading.json_values,
        ),
        mark=mark_of(reading),
        former_mark=_former_mark(first, reading),
    )


async def _open_csv(pieces: AsyncIterable[bytes], reading: Reading) -> Source:
    splitter = RowSplitter(limit=reading.line_bytes, delimiter=reading.delimiter)
    parts = in_parts(pieces, splitter)
    first = await anext(parts, list[ImportLine]())
    header = header_of(first[0], splitter.delimiter) if first else list[str]()
    return Source(
        lines=_resumed(first[1:], parts),
        reader=CsvReader(
            collection=reading.collection,
            header=header,
            delimiter=splitter.delimiter,
            typed=reading.typed,
            decimal=reading.decimal,
            max_depth=reading.json_depth,
            max_values=reading.json_values,
        ),
        mark=mark_of(replace(reading, delimiter=splitter.delimiter), *header),
        former_mark=_former_mark(first, reading),
    )


def mark_of(reading: Reading, *more: object) -> str:
    """Returns a text that is equal for equal ways of reading, whatever the limits, and for equal further values."""
    told = (
        reading.form,
        reading.collection,
        reading.payloads,
        reading.typed,
        reading.delimiter,
        reading.decimal,
        reading.encoding,
        *more,
    )
    return hashlib.sha256(repr(told).encode(errors="surrogateescape")).hexdigest()


def _former_mark(first: Sequence[ImportLine], reading: Reading) -> str:
    shown = (
        f"Reading(form={reading.form!r}, line_bytes={reading.line_bytes!r}, collection={reading.collection!r}, "
        f"payloads={reading.payloads!r}, typed={reading.typed!r})"
    )
    return hashlib.sha256(f"({shown}, {first[0].content if first else b''!r})".encode()).hexdigest()


async def _resumed(
    first: Sequence[ImportLine], others: AsyncGenerator[Sequence[ImportLine]]
) -> AsyncGenerator[Sequence[ImportLine]]:
    if first:
        yield first
    async for part in others:
        yield part
