"""The commands that bring records in and out in bulk."""
# ruff: noqa: PLC0415

import asyncio
import gc
import os
import re
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from datastore_service.cli.files import STANDARD, UnknownForm, form_to_read, form_to_write, reading, writing
from datastore_service.cli.running import FAILED, MISUSED, Overrides, ending_well, failure, settings_of

if TYPE_CHECKING:
    from datastore_service.application.mediator import Mediator
    from datastore_service.cli.files import Input
    from datastore_service.cli.progress import ProgressBar
    from datastore_service.config.settings import Settings

_PIECE: Final = 1024 * 1024


class Form(StrEnum):
    """What a file holds."""

    NDJSON = "ndjson"
    CSV = "csv"


class Decimal(StrEnum):
    """What is before the decimals of a number."""

    POINT = "."
    COMMA = ","


class OnConflict(StrEnum):
    """What becomes of a line whose id is taken."""

    REJECT = "reject"
    SKIP = "skip"
    REPLACE = "replace"


_FormOption = typer.Option("--format", help="What FILE holds; by default what its name ends in, else ndjson.")


def import_records(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="NDJSON or CSV, also .gz and .zst; - is the standard input.")
    ],
    overrides: Overrides = None,
    *,
    form: Annotated[Form | None, _FormOption] = None,
    collection: Annotated[str, typer.Option(help="Where records go that name no collection.")] = "default",
    on_conflict: Annotated[OnConflict, typer.Option(help="What becomes of a line whose id is taken.")] = (
        OnConflict.REJECT
    ),
    payloads: Annotated[bool, typer.Option("--payloads", help="Each line of NDJSON is a payload.")] = False,
    typed: Annotated[bool, typer.Option("--typed", help="CSV cells may be numbers, true, false or null.")] = False,
    delimiter: Annotated[
        str | None,
        typer.Option(
            metavar="CHARACTER", help="What is between cells of CSV, or tab; by default it is found out by the header."
        ),
    ] = None,
    decimal: Annotated[
        Decimal, typer.Option(help="What is before the decimals of a number in typed cells.")
    ] = Decimal.POINT,
    encoding: Annotated[str, typer.Option(help="What FILE is as text, such as utf-16 or windows-1252.")] = "utf-8",
    name: Annotated[
        str | None,
        typer.Option(
            help="What the import is called, to go on with it; by default it is made of FILE and the options."
        ),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Import once more what was imported before.")] = False,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rejected lines go with their reasons; by default beside FILE.")
    ] = None,
) -> None:
    """Store the records of a file, many to a transaction.

    Interrupted, the same command goes on where it was. A file that was imported before is not imported once more,
    unless --again or --on-conflict replace says so. A service that runs on the data may go on running. Where lines are
    rejected, the exit status is 1.
    """
    with ending_well():
        settings = settings_of(overrides)

        from datastore_service.api.routes.bulk.csv_rows import DELIMITER_PATTERN, delimiter_of
        from datastore_service.api.routes.bulk.encodings import encoding_of
        from datastore_service.api.routes.bulk.sources import Reading, mark_of, open_source
        from datastore_service.application.write.commands.import_records import ImportRecords
        from datastore_service.cli.progress import ImportDisplay, ProgressBar, RejectsFile

        try:
            how = Reading(
                form=form.value if form else form_to_read(file),
                collection=collection,
                payloads=payloads,
                typed=typed,
                delimiter=delimiter_of(delimiter),
                decimal=decimal.value,
                encoding=encoding_of(encoding),
                line_bytes=settings.limits.body_bytes,
            )
        except ValueError as error:
            raise failure(error, MISUSED) from None
        if delimiter is not None and not re.fullmatch(DELIMITER_PATTERN, delimiter):
            raise failure(ValueError("--delimiter is one character of ASCII, but no double quote; or tab."), MISUSED)
        rejected = RejectsFile(rejects or Path(f"{'import' if file == STANDARD else file}.rejects.ndjson"))
        with reading(file) as content, ProgressBar(content.size) as bar:
            display = ImportDisplay(bar, rejected)
            digest = content.digest()
            its_name = name or (digest and mark_of(how, on_conflict.value, digest))
            former_name = None if name else content.former_name()

            async def run(mediator: "Mediator") -> str:
                source = await open_source(_pieces(content, digest, bar), how)
                command = ImportRecords(
                    lines=source.lines,
                    reader=source.reader,
                    name=its_name,
                    mark=source.mark,
                    former_marks=(source.former_mark,),
                    former_name=former_name,
                    # What replaces records is meant to replace those that have changed since, too.
                    again=again or (name is None and on_conflict is OnConflict.REPLACE),
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
    ] = STANDARD,
    form: Annotated[Form | None, _FormOption] = None,
    collection: Annotated[str | None, typer.Option(help="Only the records of this collection.")] = None,
) -> None:
    """Write all records, as they are at one moment.

    A file has its name only once it is whole.
    """
    with ending_well():
        settings = settings_of(overrides)

        from datastore_service.application.read.queries.export_records import ExportRecords
        from datastore_service.cli.progress import ProgressBar

        try:
            query = ExportRecords(collection=collection, form=form.value if form else form_to_write(file))
        except UnknownForm as error:
            raise failure(error, MISUSED) from None
        with writing(file) as target, ProgressBar(None) as bar:

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
    from datastore_service.application.errors import DomainError, StoreUnavailable
    from datastore_service.bootstrap import build_mediator
    from datastore_service.config.limits import limits_of
    from datastore_service.config.logs import configure_logging
    from datastore_service.database import StartupError, open_database

    async def opened() -> R:
        async with open_database(settings, join=True) as engines:
            # What is there by now stays, and need not be looked through whenever thousands of records have come.
            gc.freeze()
            return await run(build_mediator(engines, limits_of(settings)))

    configure_logging(settings.observability.model_copy(update={"log_level": "WARNING"}))
    try:
        return asyncio.run(opened())
    except BrokenPipeError:
        # The reader of the pipe has closed it. What Python would still write at its end has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(FAILED) from None
    except (StartupError, DomainError, StoreUnavailable, OSError) as error:
        raise failure(error, FAILED) from None


async def _pieces(content: "Input", digest: str | None, bar: "ProgressBar") -> AsyncGenerator[bytes]:
    place = 0
    while piece := await asyncio.to_thread(content.read, _PIECE):
        bar.moved(content.place - place)
        place = content.place
        yield piece
    content.expect(digest)
