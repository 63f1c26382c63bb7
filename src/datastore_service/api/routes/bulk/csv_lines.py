"""CSV (RFC 4180): a header, then one record in each row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from datastore_service.api.routes.bulk.csv_rows import cells_of
from datastore_service.api.routes.bulk.encodings import text_of
from datastore_service.api.routes.bulk.lines import Line, TooLong
from datastore_service.api.routes.bulk.ndjson import draft_of
from datastore_service.application.errors import MalformedLine
from datastore_service.application.json_codec import MalformedJson, decode
from datastore_service.application.write.ports.imports import Draft, ImportLine
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import MAX_DEPTH, Json, check_storable
from datastore_service.domain.records.content import CONTENT_MEMBERS

CSV: Final = "text/csv"

MAX_COLUMNS: Final = 16_384
"""The number of columns that a spreadsheet has."""

_SHORT_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)
"""An integer within 64 bits: JSON as it is, without a look at the text's syntax and bounds."""

_DECIMAL: Final = re.compile(r"(-?[0-9]+),([0-9]+(?:[eE][+-]?[0-9]+)?)")


@dataclass(slots=True, kw_only=True)
class CsvReader:
    """Reads rows into drafts of records; the first row that it is given is the header.

    If a column is named payload, it holds JSON, and the other columns are the members of a record, as in an export.
    Otherwise each row is a payload, with one member for each column.

    Attributes:
        collection: The collection of records that do not name one.
        header: The names of the columns.
        delimiter: The character between cells.
        typed: Whether to read JSON numbers, true, false and null in cells as such, and to leave out empty cells.
        decimal: The decimal separator in numbers: a point or a comma.
        max_depth: The maximum depth of the JSON in a cell.
        max_values: The maximum number of JSON values in a cell; None sets no limit.
    """

    collection: str
    header: Sequence[str]
    delimiter: str = ","
    typed: bool = False
    decimal: str = "."
    max_depth: int = MAX_DEPTH
    max_values: int | None = None

    def read(self, line: ImportLine, /) -> Draft:
        named = len(self.header)
        cells = cells_of(_text_of(line.content), self.delimiter, named)
        if len(cells) != named:
            has = f"more than {named}" if len(cells) > named else len(cells)
            raise MalformedLine(f"The row has {has} columns; the header has {named}.")
        row = dict(zip(self.header, cells, strict=True))
        if "payload" in row:
            members = {name: self._member(name, cell) for name, cell in row.items() if cell or name == "payload"}
            return draft_of(members, self.collection)
        payload = {
            name: self._typed(cell) if self.typed else cell for name, cell in row.items() if cell or not self.typed
        }
        return Draft(payload=payload, collection=self.collection)

    def _member(self, name: str, cell: str) -> Json:
        if name not in CONTENT_MEMBERS:
            return cell
        try:
            return decode(cell.encode(), max_depth=self.max_depth, max_values=self.max_values)
        except MalformedJson as error:
            raise InvalidValue(f"/{name}", f"The column {name} holds JSON: {error}") from error

    def _typed(self, cell: str) -> Json:
        if cell[0] not in "-0123456789tfn":
            return cell
        if self.decimal == ",":
            if "." in cell:
                return cell
            number = _DECIMAL.fullmatch(cell)
            return _value(f"{number[1]}.{number[2]}" if number else cell, cell)
        return _value(cell, cell)


def header_of(line: ImportLine, delimiter: str) -> Sequence[str]:
    """Reads the header.

    Raises:
        MalformedLine: It cannot be read, repeats a column or has too many.
    """
    header = cells_of(_text_of(line.content), delimiter, MAX_COLUMNS)
    if len(header) > MAX_COLUMNS:
        raise MalformedLine(f"The header has more than {MAX_COLUMNS} columns.")
    seen: set[str] = set()
    for name in header:
        if name in seen:
            raise MalformedLine(f"The header has the column {name!r} twice.")
        seen.add(name)
    return header


def _text_of(content: Line) -> str:
    if isinstance(content, TooLong):
        raise MalformedLine(f"The line is longer than {content.limit} bytes.")
    return text_of(content.removesuffix(b"\n").removesuffix(b"\r"))


def _value(written: str, cell: str) -> Json:
    """Returns the JSON value in the text, or the cell itself if the text is not JSON that the store accepts."""
    if _SHORT_INTEGER.fullmatch(written):
        return int(written)
    try:
        value = decode(written.encode())
        check_storable(value, "/payload")
    except (MalformedJson, InvalidValue):
        return cell
    return value
