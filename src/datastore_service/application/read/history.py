"""What records were: revisions as clients see them, and the places in a history."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from datastore_service.application.errors import InvalidCursor
from datastore_service.application.json_codec import decode, encode
from datastore_service.application.views import JsonText
from datastore_service.domain.json_value import Json
from datastore_service.domain.records.json_diff import json_diff


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionView:
    """What a change has made of a record, who made it, and when.

    Attributes:
        payload: What the record held since; of a deletion, what it had held.
        correlation_id: What the request was called that made the change.
        before: The revision before it, if it was read as well.
    """

    record_id: UUID
    collection: str
    version: int
    operation: str
    payload: JsonText
    tags: tuple[str, ...]
    actor: str
    correlation_id: str | None
    at: datetime
    before: "RevisionView | None" = None

    def diff(self) -> JsonText | None:
        """Returns the JSON Patch of `{payload, tags}` that makes it of the revision before; None without that."""
        if self.before is None:
            return None
        return JsonText(encode(json_diff(self.before.document(), self.document())).decode())

    def document(self) -> Json:
        """Returns what patches of a record apply to."""
        return {"payload": decode(self.payload.encode()), "tags": list(self.tags)}


@dataclass(frozen=True, slots=True)
class RevisionCursor:
    """A place in a record's history, which goes from the newest to the oldest: just after this version.

    Opaque to clients.
    """

    version: int

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(self.version.to_bytes(8)).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str, parameter: str) -> Self:
        """Reads what `str` wrote.

        Raises:
            InvalidCursor: It is something else; the error names the parameter.
        """
        try:
            cursor = cls(int.from_bytes(base64.b64decode(f"{text}=", altchars=b"-_", validate=True)))
            if cursor.version < 2**63 and str(cursor) == text:
                return cursor
        except (binascii.Error, ValueError, OverflowError):
            pass
        raise InvalidCursor(parameter)
