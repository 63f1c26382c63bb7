"""Request bodies that arrive compressed (RFC 9110, section 8.4) are decompressed while they arrive (adr/0072)."""

import asyncio
import sys
import zlib
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from starlette.types import Message, Receive

from datastore_service.api.http.problems import Problem, RequestRefused

_PIECE: Final = 1 << 16
"""Bytes that are decompressed at a time, so that a small body that expands to a large one is never held as a whole."""
_GZIP: Final = 16 + zlib.MAX_WBITS


class _Member(Protocol):
    """Decompresses one member of a body; gzip and Zstandard bodies may have several."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def unpack(self, data: bytes) -> tuple[bytes, bytes, bool]:
        """Returns one piece, the data that is left, and whether more may come without further data."""
        ...


class _Zlib:
    def __init__(self, window_bits: int) -> None:
        self._member = zlib.decompressobj(window_bits)

    @property
    def eof(self) -> bool:
        return self._member.eof

    @property
    def unused_data(self) -> bytes:
        return self._member.unused_data

    def unpack(self, data: bytes) -> tuple[bytes, bytes, bool]:
        piece = self._member.decompress(data, _PIECE)
        return piece, self._member.unconsumed_tail, len(piece) == _PIECE


def _gzip(_: bytes) -> _Member:
    return _Zlib(_GZIP)


def _deflate(start: bytes) -> _Member:
    """Also accepts what some clients send as deflate: the data without zlib's header (RFC 9110, section 8.4.1.2)."""
    has_header = start[0] & 0x0F == zlib.DEFLATED and int.from_bytes(start[:2].ljust(2, b"\0")) % 31 == 0
    return _Zlib(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


_CODINGS: Final[dict[str, Callable[[bytes], _Member]]] = {"gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate}
_ERRORS: tuple[type[Exception], ...] = (zlib.error,)

if sys.version_info >= (3, 14):
    from compression import zstd

    # Windows of at most 8 MiB, as RFC 9659 requires: with a few bytes a client could demand more memory.
    _ZSTD_OPTIONS: Final = {zstd.DecompressionParameter.window_log_max: 23}

    class _Zstd:
        def __init__(self) -> None:
            self._member = zstd.ZstdDecompressor(options=_ZSTD_OPTIONS)

        @property
        def eof(self) -> bool:
            return self._member.eof

        @property
        def unused_data(self) -> bytes:
            return self._member.unused_data

        def unpack(self, data: bytes) -> tuple[bytes, bytes, bool]:
            piece = self._member.decompress(data, _PIECE)
            return piece, b"", not (self._member.needs_input or self._member.eof)

    _CODINGS["zstd"] = lambda _: _Zstd()
    _ERRORS = (zlib.error, zstd.ZstdError)

TAKEN: Final = tuple(name for name in _CODINGS if name != "x-gzip")
"""The accepted content codings of bodies, besides none."""


def unpacked(headers: Mapping[bytes, bytes], receive: Receive) -> Receive:
    """Returns a `receive` that yields the decompressed body; a coding that is not accepted is left alone.

    Raises:
        RequestRefused: From the returned function: the body does not match its Content-Encoding.
    """
    coding = headers.get(b"content-encoding", b"").decode("latin-1").strip().lower()
    return _Unpacked(receive, coding).receive if coding in _CODINGS else receive


class _Unpacked:
    def __init__(self, receive: Receive, coding: str) -> None:
        self._receive = receive
        self._coding = coding
        self._member: _Member | None = None
        self._data = b""
        self._has_more = False
        self._arrives = True
        self._ended = False

    async def receive(self) -> Message:
        while not self._ended:
            while self._data or self._has_more:
                if piece := self._unpack():
                    # Other requests get a turn between the pieces of a large body.
                    await asyncio.sleep(0)
                    return {"type": "http.request", "body": piece, "more_body": True}
            if not self._arrives:
                if self._member is not None and not self._member.eof:
                    raise self._refusal("ends too early")
                self._ended = True
                return {"type": "http.request", "body": b"", "more_body": False}
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            self._data, self._arrives = message.get("body", b""), message.get("more_body", False)
        return await self._receive()

    def _unpack(self) -> bytes:
        if self._member is None or self._member.eof:
            if self._member is not None and self._coding == "deflate":
                raise self._refusal("goes on after its end")
            self._member = _CODINGS[self._coding](self._data)
        try:
            piece, self._data, self._has_more = self._member.unpack(self._data)
        except _ERRORS as error:
            raise self._refusal("cannot be unpacked") from error
        if self._member.eof:
            self._data, self._has_more = self._member.unused_data, False
        return piece

    def _refusal(self, what: str) -> RequestRefused:
        detail = f"The body {what}; by its Content-Encoding it is {self._coding}."
        return RequestRefused(Problem("malformed_request", detail))
