"""Cursors as clients hold them: opaque, and signed, so that only what was given out is taken back."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any, Final, cast
from uuid import UUID

from datastore_service.application.errors import InvalidCursor
from datastore_service.application.json_codec import decode, encode
from datastore_service.application.read.pagination import Cursor

_SIGNATURE_SIZE: Final = 16
_ID_SIZE: Final = 16


_OF_THIS_PROCESS: Final = token_bytes(32)
_BLOCK_SIZE: Final = 64


@dataclass(slots=True)
class CursorSigner:
    """Writes and reads cursors.

    Attributes:
        key: The secret that all processes on the same database share. Until it is read, a random one of this process.
    """

    key: bytes = _OF_THIS_PROCESS

    def sign(self, cursor: Cursor, scope: str) -> str:
        """Returns the cursor as a text that is good for a URL as it stands.

        Args:
            cursor: A place in a list.
            scope: Names the lists in which the place has this meaning.
        """
        body = cursor.record_id.bytes + (encode([*cursor.keys]) if cursor.keys else b"")
        return _written(self._signature(body, scope) + body)

    def read(self, text: str, scope: str, parameter: str) -> Cursor:
        """Reads what `sign` has written with the same scope.

        Raises:
            InvalidCursor: It is something else; the error names the parameter.
        """
        try:
            data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidCursor(parameter) from error
        signature, body = data[:_SIGNATURE_SIZE], data[_SIGNATURE_SIZE:]
        if not hmac.compare_digest(signature, self._signature(body, scope)) or _written(data) != text:
            raise InvalidCursor(parameter)
        keys = cast("list[Any]", decode(body[_ID_SIZE:])) if len(body) > _ID_SIZE else []
        return Cursor(UUID(bytes=body[:_ID_SIZE]), tuple(keys))

    def pads(self, scope: str) -> tuple[bytes, bytes]:
        """Returns the two pads of HMAC, with which PostgreSQL, which has SHA-256 only, signs a cursor itself.

        The first 16 bytes of `sha256(outer + sha256(inner + body))` are the signature (HMAC, RFC 2104).
        """
        key = (hashlib.sha256(self.key).digest() if len(self.key) > _BLOCK_SIZE else self.key).ljust(_BLOCK_SIZE, b"\0")
        inner, outer = (bytes(byte ^ pad for byte in key) for pad in (0x36, 0x5C))
        return inner + hashlib.sha256(scope.encode()).digest(), outer

    def _signature(self, body: bytes, scope: str) -> bytes:
        message = hashlib.sha256(scope.encode()).digest() + body
        return hmac.digest(self.key, message, "sha256")[:_SIGNATURE_SIZE]


def _written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
