"""What is imported: bytes of a format, made into lines and what reads them."""

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
    """How bytes are read.

    Attributes:
        form: What they are.
        collection: Where records go that name no collection.
        payloads: Whether each line of NDJSON is a payload, rather than a record with its members.
        typed: Whether cells of CSV that are JSON numbers, true, false or null are taken for such.
        delimiter: What is between cells of CSV; None has it found out by the header.
        decimal: What is before the decimals in typed cells.
        encoding: What the bytes are as text.
        line_bytes: The most bytes of a line.
        json_depth: The most levels of arrays and objects in the JSON of a line.
        json_values: The most values in it; None bounds them by the bytes alone.
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
    """Lines, what reads them, and what tells how they are read from other ways to.

    Attributes:
        lines: The lines, in parts.
        reader: Makes drafts of them.
        mark: Equal for equal ways to read, and equal headers of CSV.
        former_mark: What releases until 2026-12 kept in its place.
    """

    lines: AsyncIterator[Sequence[ImportLine]]
    reader: LineReader
    mark: str
    former_mark: str


async def open_source(pieces: AsyncIterable[bytes], reading: Reading) -> Source:
    """Reads as far as it takes to know what the source is.

    Raises:
        MalformedLine: The header of the CSV cannot be read.
        InvalidValue: The name of the collection is none, or an option does not go with the others.
    """
    collection_name(reading.collection)
    if reading.decimal != "." and not reading.typed:
        raise InvalidValue("/decimal", "A decimal comma is for typed cells: say typed as well.")
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
    """Returns a text that is equal for equal ways to read, whatever bounds lines have, and more that is equal."""
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
