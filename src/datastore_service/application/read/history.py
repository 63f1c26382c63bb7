"""What records were: revisions as clients see them, and the places in a history."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from datastore_service.application.errors import InvalidCursor
from datastore_service.application.json_codec import encode
from datastore_service.application.views import ContentView, JsonText
from datastore_service.domain.immutable import immutable
from datastore_service.domain.records.json_diff import json_diff


@immutable
class RevisionView(ContentView):
    """What a record held since a change (of a deletion, what it had held), who made it, and when.

    Attributes:
        correlation_id: What the request was called that made the change.
        before: The revision before it, if it was read as well.
    """

    record_id: UUID
    collection: str
    version: int
    operation: str
    actor: str
    correlation_id: str | None
    at: datetime
    before: "RevisionView | None" = None

    def diff(self) -> JsonText | None:
        """Returns the JSON Patch of the content that makes it of the revision before; None without that."""
        if self.before is None:
            return None
        return JsonText(encode(json_diff(self.before.document(), self.document())).decode())


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
