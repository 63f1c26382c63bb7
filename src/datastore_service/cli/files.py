"""Files that are read and written as streams, compressed or not."""

import gzip
import hashlib
import os
import sys
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import IO, TYPE_CHECKING, Any, Final, Literal, cast

from datastore_service.cli.running import MISUSED, failure

if TYPE_CHECKING:
    from datastore_service.api.routes.bulk.sources import SourceForm

STANDARD: Final = "-"
_PIECE: Final = 1024 * 1024
_FORMS: Final["dict[str, SourceForm]"] = {".ndjson": "ndjson", ".jsonl": "ndjson", ".csv": "csv"}
_COMPRESSED: Final = (".gz", ".zst")
_NO_LINES: Final = frozenset(
    (".xlsx", ".xls", ".ods", ".parquet", ".avro", ".arrow", ".zip", ".7z", ".tar", ".tgz", ".bz2", ".xz", ".pdf")
)
_WHAT_IS_POSSIBLE: Final = "NDJSON (.ndjson, .jsonl) and CSV (.csv) can be, also compressed (.ndjson.gz, .csv.zst)"


class UnknownForm(ValueError):
    """What a file holds cannot be told by its name; the message says what is possible."""


class ChangedWhileRead(OSError):
    """The file is not what it was when its reading began."""


def form_to_read(file: str) -> "SourceForm":
    """Returns what a file holds, as its name tells; NDJSON if that ends in nothing known.

    Raises:
        UnknownForm: It ends in something that is not read.
    """
    suffix = _suffix(file)
    if suffix in _NO_LINES:
        raise UnknownForm(f"{file}: {suffix} cannot be read. {_WHAT_IS_POSSIBLE}.")
    return _FORMS.get(suffix, "ndjson")


def form_to_write(file: str) -> "SourceForm":
    """Returns what a file is to hold, as its name tells; NDJSON if that has no suffix.

    Raises:
        UnknownForm: It ends in something that is not written.
    """
    suffix = _suffix(file)
    if not suffix or file == STANDARD:
        return "ndjson"
    if suffix not in _FORMS:
        raise UnknownForm(
            f"{file}: {suffix} cannot be written. {_WHAT_IS_POSSIBLE}; for a file of another name, say --format."
        )
    return _FORMS[suffix]


def _suffix(file: str) -> str:
    """Returns what the name ends in, in lower case, whether it is compressed or not."""
    path = PurePath(file.lower())
    return (path.with_suffix("") if path.suffix in _COMPRESSED else path).suffix


class _Watched:
    """A file that knows how many bytes of it were read, and what they were."""

    def __init__(self, raw: IO[bytes]) -> None:
        # What there is of a pipe is taken at once, instead of when as much is there as was asked for.
        self._read = cast("Callable[[int], bytes]", getattr(raw, "read1", raw.read))
        self._digest = hashlib.sha256()
        self.place = 0

    def read(self, size: int = -1, /) -> bytes:
        piece = self._read(size)
        self._digest.update(piece)
        self.place += len(piece)
        return piece

    def digest(self) -> str:
        return self._digest.hexdigest()


class Input:
    """What is imported: bytes, decompressed if their file's name says so.

    Attributes:
        size: How many bytes there are before decompression; None if that is not known.
    """

    def __init__(self, file: str, raw: IO[bytes]) -> None:
        self._file = file
        self._raw = raw
        self._begin = raw.tell() if raw.seekable() else None
        self.size = None if self._begin is None else os.fstat(raw.fileno()).st_size - self._begin
        self._watched = _Watched(raw)
        self._content = _decompressed(file, self._watched)

    def digest(self) -> str | None:
        """Returns the SHA-256 of the bytes before decompression, which takes to read them once more; None of a pipe."""
        if self._begin is None:
            return None
        whole = _Watched(self._raw)
        while whole.read(_PIECE):
            pass
        self._raw.seek(self._begin)
        return whole.digest()

    def former_name(self) -> str | None:
        """Returns what releases until 2026-12 called the import of this: by its size, its beginning and its end."""
        if self._begin != 0 or self.size is None:
            return None
        digest = hashlib.sha256(b"%d " % self.size + self._raw.read(_PIECE))
        self._raw.seek(max(0, self.size - _PIECE))
        digest.update(self._raw.read(_PIECE))
        self._raw.seek(0)
        return digest.hexdigest()

    @property
    def place(self) -> int:
        """How many bytes were read before decompression."""
        return self._watched.place

    def read(self, size: int) -> bytes:
        """Reads some bytes; none at the end.

        Raises:
            OSError: They cannot be read, or not be decompressed.
        """
        try:
            return self._content.read(size)
        except (EOFError, gzip.BadGzipFile, zlib.error, _ZSTD_ERROR) as error:
            raise OSError(f"{self._file} cannot be decompressed: {error}") from error

    def expect(self, digest: str | None) -> None:
        """Makes sure that what was read, which is all, is what it was before.

        Raises:
            ChangedWhileRead: It is not.
        """
        if digest is not None and self._watched.digest() != digest:
            raise ChangedWhileRead(
                f"{self._file} has changed while it was read. What was stored of it before stays; import it again."
            )


if sys.version_info >= (3, 14):
    from compression import zstd

    _ZSTD_ERROR: Final = zstd.ZstdError

    def _zstd(raw: Any, mode: Literal["rb", "wb"]) -> IO[bytes]:  # noqa: ANN401 - what reads or writes
        return cast("IO[bytes]", zstd.ZstdFile(raw, mode))
else:
    _ZSTD_ERROR: Final = EOFError

    def _zstd(raw: Any, mode: Literal["rb", "wb"]) -> IO[bytes]:  # noqa: ANN401, ARG001 - as above
        pipe = "zstd -dc FILE | datastore import -" if mode == "rb" else "datastore export | zstd > FILE"
        raise OSError(f".zst takes Python 3.14; until then: {pipe}")


def _decompressed(file: str, raw: _Watched) -> IO[bytes] | _Watched:
    match PurePath(file.lower()).suffix:
        case ".gz":
            return cast("IO[bytes]", gzip.GzipFile(fileobj=cast("IO[bytes]", raw), mode="rb"))
        case ".zst":
            return _zstd(raw, "rb")
        case _:
            return raw


@contextmanager
def reading(file: str) -> Generator[Input]:
    """Opens a file, or the standard input, to be read.

    Raises:
        typer.Exit: It cannot be opened, which has been said.
    """
    if file == STANDARD:
        yield Input(file, sys.stdin.buffer)
        return
    try:
        raw = Path(file).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise failure(error, MISUSED) from None
    with raw:
        try:
            content = Input(file, raw)
        except OSError as error:
            raise failure(error, MISUSED) from None
        yield content


@contextmanager
def writing(file: str) -> Generator[IO[bytes]]:
    """Opens a file, or the standard output, to be written; a file has its name only once it is whole.

    Raises:
        typer.Exit: It cannot be opened, which has been said.
    """
    if file == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    new = Path(f"{file}.part")
    try:
        raw = new.open("wb")
    except OSError as error:
        raise failure(error, MISUSED) from None
    try:
        with raw:
            try:
                content = _compressing(file, raw)
            except OSError as error:
                raise failure(error, MISUSED) from None
            try:
                yield content
            finally:
                if content is not raw:
                    content.close()
            raw.flush()
            os.fsync(raw.fileno())
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def _compressing(file: str, raw: IO[bytes]) -> IO[bytes]:
    match PurePath(file.lower()).suffix:
        case ".gz":
            # Without a name and a time, equal records make equal files.
            return cast("IO[bytes]", gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0))
        case ".zst":
            return _zstd(raw, "wb")
        case _:
            return raw
