"""Newline-delimited JSON: each line is a record or a payload."""

from codecs import BOM_UTF8
from dataclasses import dataclass, fields
from typing import Final, cast
from uuid import UUID

from datastore_service.api.routes.bulk.encodings import text_of
from datastore_service.api.routes.bulk.lines import Line, TooLong
from datastore_service.application.errors import MalformedLine
from datastore_service.application.json_codec import MalformedJson, decode
from datastore_service.application.views import RECORD_MEMBERS
from datastore_service.application.write.ports.imports import Draft, ImportLine
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import MAX_DEPTH, Json, escape_pointer
from datastore_service.domain.records.content import given_members

NDJSON: Final = "application/x-ndjson"
NDJSON_TYPES: Final = (NDJSON, "application/ndjson", "application/jsonl", "application/json-lines")
"""NDJSON has no registered media type; these are in use."""

_TAKEN: Final = frozenset(member.name for member in fields(Draft))
KNOWN_MEMBERS: Final = _TAKEN | frozenset(RECORD_MEMBERS) - {"deleted_at"}
"""The members of exported records. Those that an import does not accept are ignored: the store sets them anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NdjsonReader:
    """Reads one JSON text from each line.

    Attributes:
        collection: The collection of records that do not name one.
        payloads: Whether each line is a payload instead of a record with its members.
        max_depth: The maximum depth of a line's JSON.
        max_values: The maximum number of JSON values in a line; None sets no limit.
    """

    collection: str
    payloads: bool = False
    max_depth: int = MAX_DEPTH
    max_values: int | None = None

    def read(self, line: ImportLine, /) -> Draft:
        if self.payloads:
            return Draft(payload=self._json_of(line), collection=self.collection)
        content: Line = line.content
        if isinstance(content, bytes) and not content.removeprefix(BOM_UTF8).lstrip().startswith(b"{"):
            # Without parsing, for there may be millions of such lines.
            text_of(content)
            raise MalformedLine("The line is not a JSON object.")
        return draft_of(self._json_of(line), self.collection)

    def _json_of(self, line: ImportLine) -> Json:
        content: Line = line.content
        if isinstance(content, TooLong):
            raise MalformedLine(f"The line is longer than {content.limit} bytes.")
        # Editors write a byte order mark at the beginning of a file; concatenated files have more of them.
        text = content.removeprefix(BOM_UTF8).strip()
        try:
            return decode(text, max_depth=self.max_depth, max_values=self.max_values)
        except MalformedJson as error:
            text_of(content)
            raise MalformedLine(str(error)) from error


def draft_of(value: Json, collection: str) -> Draft:
    """Returns the record that an object describes.

    Raises:
        MalformedLine: It is not an object.
        InvalidValue: A member is unknown or has a wrong type, or the payload is missing.
    """
    if not isinstance(value, dict):
        raise MalformedLine("The line is not a JSON object.")
    for member in value.keys() - KNOWN_MEMBERS:
        raise InvalidValue(f"/{escape_pointer(member)}", f"A record has no member {member!r}.")
    if "payload" not in value:
        raise InvalidValue("/payload", "The payload is missing.")
    named = value.get("collection", collection)
    if not isinstance(named, str):
        raise InvalidValue("/collection", "The collection must be a string.")
    return Draft(id=_id_of(value.get("id")), collection=named, **given_members(value))


def _id_of(given: Json) -> UUID | None:
    if given is None:
        return None
    try:
        return UUID(cast("str", given))
    except (AttributeError, TypeError, ValueError):
        raise InvalidValue("/id", "The id is not a UUID.") from None
