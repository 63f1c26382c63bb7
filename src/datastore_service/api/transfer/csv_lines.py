"""CSV (RFC 4180): a header, and a record a row."""

import csv
from dataclasses import dataclass
from typing import Final

from datastore_service.api.transfer.lines import TooLong
from datastore_service.api.transfer.ndjson import draft_of
from datastore_service.application.errors import MalformedLine
from datastore_service.application.json_codec import MalformedJson, decode
from datastore_service.application.ports.imports import Draft, ImportLine
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import Json, check_storable

CSV: Final = "text/csv"

_JSON_COLUMNS: Final = ("payload", "tags")


@dataclass(slots=True, kw_only=True)
class CsvReader:
    """Reads rows below the header, which is the first line that it is given.

    Where a column is called payload, it holds JSON, and the other columns are the members of a record, as in an
    export. Otherwise each row is a payload, with a text for each column.

    Attributes:
        collection: Where records go that name no collection.
        typed: Whether cells that are JSON numbers, true, false or null are taken for such; an empty one is left out.
    """

    collection: str
    header: list[str]
    typed: bool = False

    def read(self, line: ImportLine, /) -> Draft:
        cells = cells_of(line)
        if len(cells) != len(self.header):
            raise MalformedLine(f"The row has {len(cells)} columns; the header has {len(self.header)}.")
        row = dict(zip(self.header, cells, strict=True))
        if "payload" in row:
            members = {name: _member(name, cell) for name, cell in row.items() if cell or name == "payload"}
            return draft_of(members, self.collection)
        payload = {name: _typed(cell) if self.typed else cell for name, cell in row.items() if cell or not self.typed}
        return Draft(payload=payload, collection=self.collection)


def header_of(line: ImportLine) -> list[str]:
    """Reads the header.

    Raises:
        MalformedLine: It cannot be read, or names a column twice.
    """
    header = cells_of(line)
    for name in header:
        if header.count(name) > 1:
            raise MalformedLine(f"The header has the column {name!r} twice.")
    return header


def cells_of(line: ImportLine) -> list[str]:
    """Returns the cells of a row.

    Raises:
        MalformedLine: It is too long, no UTF-8 or no CSV.
    """
    content: bytes | TooLong = line.content
    if isinstance(content, TooLong):
        raise MalformedLine(f"The line is longer than {content.limit} bytes.")
    try:
        text = content.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8-sig" if line.number == 1 else "utf-8")
        return next(csv.reader([text], strict=True), list[str]())
    except UnicodeDecodeError as error:
        raise MalformedLine(f"The line is not valid UTF-8: byte {error.start}.") from error
    except csv.Error as error:
        raise MalformedLine(f"The line is no CSV: {error}.") from error


def _member(name: str, cell: str) -> Json:
    if name not in _JSON_COLUMNS:
        return cell
    try:
        return decode(cell.encode())
    except MalformedJson as error:
        raise InvalidValue(f"/{name}", f"The column {name} holds JSON: {error}") from error


def _typed(cell: str) -> Json:
    if cell[0] not in "-0123456789tfn":
        return cell
    try:
        value = decode(cell.encode())
        check_storable(value, "/payload")
    except (MalformedJson, InvalidValue):
        return cell
    return value
