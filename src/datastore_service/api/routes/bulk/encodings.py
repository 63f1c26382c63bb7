"""Text encodings other than UTF-8, and errors about invalid bytes."""

import codecs
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Final

from datastore_service.application.errors import MalformedLine

UTF_8: Final = "utf-8"

_ENCODINGS: Final = frozenset(
    [UTF_8, "ascii", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
    + [f"iso8859-{part}" for part in range(1, 17)]
    + [f"cp{page}" for page in (437, 850, 852, 866, 932, 949, 950, *range(1250, 1259))]
    + ["mac-roman", "koi8-r", "koi8-u", "shift_jis", "euc_jp", "euc_kr", "gbk", "gb18030", "big5"]
)
_WHAT_TO_DO: Final = (
    "Name the encoding: --encoding latin-1 for the command, and over HTTP Content-Type: text/csv; charset=iso-8859-1."
)


class UnknownEncoding(ValueError):
    """The encoding is not supported; the message is one sentence."""


def encoding_of(name: str) -> str:
    """Returns Python's name of a text encoding, such as utf-8 for UTF8.

    Raises:
        UnknownEncoding: It is not supported.
    """
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        found = ""
    if found == "utf-8-sig":
        return UTF_8
    if found not in _ENCODINGS:
        raise UnknownEncoding(
            f"{name!r} is not a supported encoding; supported are utf-8, utf-16, iso-8859-1, windows-1252 and others."
        )
    return found


async def in_utf_8(pieces: AsyncIterable[bytes], encoding: str) -> AsyncGenerator[bytes]:
    """Yields the same text in UTF-8. A single undefined byte stays as it is, so that its line is rejected.

    Raises:
        MalformedLine: More than a single byte cannot be decoded.
    """
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape")
    try:
        async for piece in pieces:
            if text := decoder.decode(piece):
                yield text.encode(UTF_8, "surrogateescape")
        if text := decoder.decode(b"", final=True):
            yield text.encode(UTF_8, "surrogateescape")
    except UnicodeError as error:
        raise MalformedLine(f"The import is not valid {encoding}: {error}.") from error


def text_of(line: bytes) -> str:
    """Decodes a line from UTF-8.

    Raises:
        MalformedLine: It is in another encoding.
    """
    if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\x00" in line:
        raise MalformedLine(
            f"The line has NUL characters or a byte order mark, as UTF-16 has; expected UTF-8. {_WHAT_TO_DO}"
        )
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        byte = line[error.start]
        raise MalformedLine(
            f"The line is not valid UTF-8: byte {error.start + 1} is {byte:#04x}. {_WHAT_TO_DO}"
        ) from error
