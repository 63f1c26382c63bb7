"""The commands that bring records in and out in bulk."""
# ruff: noqa: PLC0415

import asyncio
import gc
import hashlib
import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import aclosing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Final, cast

import typer

from datastore_service.cli.running import FAILED, MISUSED, Overrides, ending_well, failure, settings_of

if TYPE_CHECKING:
    from datastore_service.api.transfer.sources import SourceForm
    from datastore_service.application.mediator import Mediator
    from datastore_service.cli.progress import ProgressBar
    from datastore_service.config.settings import Settings

_STANDARD: Final = "-"
_PIECE: Final = 1024 * 1024


class Form(StrEnum):
    """What a file holds."""

    NDJSON = "ndjson"
    CSV = "csv"


class OnConflict(StrEnum):
    """What becomes of a line whose id is taken."""

    REJECT = "reject"
    SKIP = "skip"
    REPLACE = "replace"


_FormOption = typer.Option("--format", help="What FILE holds; by default what its name ends in, else ndjson.")


def import_records(
    file: Annotated[str, typer.Argument(metavar="FILE", help="NDJSON or CSV; - is the standard input.")],
    overrides: Overrides = None,
    *,
    form: Annotated[Form | None, _FormOption] = None,
    collection: Annotated[str, typer.Option(help="Where records go that name no collection.")] = "default",
    on_conflict: Annotated[OnConflict, typer.Option(help="What becomes of a line whose id is taken.")] = (
        OnConflict.REJECT
    ),
    payloads: Annotated[bool, typer.Option("--payloads", help="Each line of NDJSON is a payload.")] = False,
    typed: Annotated[bool, typer.Option("--typed", help="CSV cells may be numbers, true, false or null.")] = False,
    name: Annotated[
        str | None, typer.Option(help="What the import is called, to go on with it; by default it is made of FILE.")
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rejected lines go with their reasons; by default beside FILE.")
    ] = None,
) -> None:
    """Store the records of a file, many to a transaction.

    Interrupted, the same command goes on where it was. A service that runs on the data may go on running. Where lines
    are rejected, the exit status is 1.
    """
    with ending_well():
        settings = settings_of(overrides)

        from datastore_service.api.transfer.sources import Reading, open_source
        from datastore_service.application.commands.import_records import ImportRecords
        from datastore_service.cli.progress import ImportDisplay, ProgressBar, RejectsFile

        reading = Reading(
            form=form.value if form else _form_of(file),
            collection=collection,
            payloads=payloads,
            typed=typed,
            line_bytes=settings.limits.body_bytes,
        )
        rejected = RejectsFile(rejects or Path(f"{'import' if file == _STANDARD else file}.rejects.ndjson"))
        with _input(file) as content, ProgressBar(_size_of(content)) as bar:
            display = ImportDisplay(bar, rejected)
            its_name = name or _name_of(content)

            async def run(mediator: "Mediator") -> str:
                source = await open_source(_pieces(content, bar), reading)
                command = ImportRecords(
                    lines=source.lines,
                    reader=source.reader,
                    name=its_name,
                    mark=source.mark,
                    on_conflict=on_conflict.value,
                    observer=display,
                )
                return display.summary(await mediator.send(command))

            summary = on_the_store(settings, run)
        typer.echo(summary)
        if rejected.count:
            raise typer.Exit(FAILED)


def export_records(
    overrides: Overrides = None,
    *,
    file: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to; - is the standard output.")
    ] = _STANDARD,
    form: Annotated[Form | None, _FormOption] = None,
    collection: Annotated[str | None, typer.Option(help="Only the records of this collection.")] = None,
) -> None:
    """Write all records, as they are at one moment.

    A file has its name only once it is whole.
    """
    with ending_well():
        settings = settings_of(overrides)

        from datastore_service.application.queries.export_records import ExportRecords
        from datastore_service.cli.progress import ProgressBar

        query = ExportRecords(collection=collection, form=form.value if form else _form_of(file))
        with _output(file) as target, ProgressBar(None) as bar:

            async def run(mediator: "Mediator") -> None:
                async with aclosing(await mediator.send(query)) as pieces:
                    async for piece in pieces:
                        await asyncio.to_thread(target.write, piece)
                        bar.moved(len(piece))
                        bar.counted(piece.count(b"\n"))

            on_the_store(settings, run)


def on_the_store[R](settings: "Settings", run: Callable[["Mediator"], Awaitable[R]]) -> R:
    """Runs something on the application, which joins a service that runs on the same data.

    Raises:
        typer.Exit: It was refused, or the store cannot be reached; either has been said.
    """
    from datastore_service.application.errors import DomainError
    from datastore_service.bootstrap import build_mediator
    from datastore_service.config.logs import configure_logging
    from datastore_service.main import StartupError, limits_of, open_database

    async def opened() -> R:
        async with open_database(settings, join=True) as engines:
            # What is there by now stays, and need not be looked through whenever thousands of records have come.
            gc.freeze()
            return await run(build_mediator(engines, limits_of(settings)))

    configure_logging(settings.observability.model_copy(update={"log_level": "WARNING"}))
    try:
        return asyncio.run(opened())
    except BrokenPipeError:
        # Whoever reads has read enough. What Python would still write at its end has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(FAILED) from None
    except (StartupError, DomainError, OSError) as error:
        raise failure(error, FAILED) from None


def _form_of(file: str) -> "SourceForm":
    return "csv" if file.lower().endswith(".csv") else "ndjson"


@contextmanager
def _input(file: str) -> Generator[IO[bytes]]:
    if file == _STANDARD:
        yield sys.stdin.buffer
        return
    try:
        content = Path(file).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise failure(error, MISUSED) from None
    with content:
        yield content


@contextmanager
def _output(file: str) -> Generator[IO[bytes]]:
    if file == _STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    new = Path(f"{file}.part")
    try:
        content = new.open("wb")
    except OSError as error:
        raise failure(error, MISUSED) from None
    try:
        with content:
            yield content
            content.flush()
            os.fsync(content.fileno())
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def _size_of(content: IO[bytes]) -> int | None:
    """Returns how much there is to read, where that is known."""
    if not content.seekable():
        return None
    return os.fstat(content.fileno()).st_size


def _name_of(content: IO[bytes]) -> str | None:
    """Makes a name of what a file holds: how much, its beginning and its end."""
    size = _size_of(content)
    if size is None:
        return None
    digest = hashlib.sha256(b"%d " % size + content.read(_PIECE))
    content.seek(max(0, size - _PIECE))
    digest.update(content.read(_PIECE))
    content.seek(0)
    return digest.hexdigest()


async def _pieces(content: IO[bytes], bar: "ProgressBar") -> AsyncGenerator[bytes]:
    # What there is of a pipe is taken at once, instead of when a whole piece is there.
    read = cast("Callable[[int], bytes]", getattr(content, "read1", content.read))
    while piece := await asyncio.to_thread(read, _PIECE):
        bar.moved(len(piece))
        yield piece
