"""Newline-delimited JSON: each line a record, or a payload."""

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
"""It has no registered media type; these are in use."""

_TAKEN: Final = frozenset(member.name for member in fields(Draft))
KNOWN_MEMBERS: Final = _TAKEN | frozenset(RECORD_MEMBERS) - {"deleted_at"}
"""Those of records that are exported: what is not taken is let be, for the store counts and tells the time anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NdjsonReader:
    """Reads a JSON text a line.

    Attributes:
        collection: Where records go that name no collection.
        payloads: Whether each line is a payload, rather than a record with its members.
        max_depth: The most levels of arrays and objects in a line.
        max_values: The most values in it; None takes any number.
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
            # Refused at a glance: there may be millions of such lines.
            text_of(content)
            raise MalformedLine("The line is no JSON object.")
        return draft_of(self._json_of(line), self.collection)

    def _json_of(self, line: ImportLine) -> Json:
        content: Line = line.content
        if isinstance(content, TooLong):
            raise MalformedLine(f"The line is longer than {content.limit} bytes.")
        # Files that editors have saved begin with a byte order mark, and so do parts of files that were put together.
        text = content.removeprefix(BOM_UTF8).strip()
        try:
            return decode(text, max_depth=self.max_depth, max_values=self.max_values)
        except MalformedJson as error:
            text_of(content)
            raise MalformedLine(str(error)) from error


def draft_of(value: Json, collection: str) -> Draft:
    """Returns the record that an object describes.

    Raises:
        MalformedLine: It is no object.
        InvalidValue: It has a member that is no record's, or of another type; or it has no payload.
    """
    if not isinstance(value, dict):
        raise MalformedLine("The line is no JSON object.")
    for member in value.keys() - KNOWN_MEMBERS:
        raise InvalidValue(f"/{escape_pointer(member)}", f"A record has no member {member!r}.")
    if "payload" not in value:
        raise InvalidValue("/payload", "The payload is missing.")
    named = value.get("collection", collection)
    if not isinstance(named, str):
        raise InvalidValue("/collection", "The name of a collection is a text.")
    return Draft(id=_id_of(value.get("id")), collection=named, **given_members(value))


def _id_of(given: Json) -> UUID | None:
    if given is None:
        return None
    try:
        return UUID(cast("str", given))
    except (AttributeError, TypeError, ValueError):
        raise InvalidValue("/id", "The id is no UUID.") from None
