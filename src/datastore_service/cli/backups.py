"""`datastore backup` and `datastore restore`."""
# ruff: noqa: PLC0415

from pathlib import Path
from typing import Annotated

import typer

from datastore_service.cli.running import FAILED, Overrides, ending_whatever_comes, failure, settings_of

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.", show_default=False)]


def backup(file: File, overrides: Overrides = None) -> None:
    """Write all data to a file, while the service goes on.

    It is as of one moment, in pg_dump's custom format. Where it fails, a file that was there is as before.
    """
    settings = settings_of(overrides)

    from datastore_service.infrastructure.backup import BackupError, back_up

    try:
        size = ending_whatever_comes(back_up(settings.database, file))
    except BackupError as error:
        raise failure(error, FAILED) from None
    typer.echo(f"{file} holds all data ({size} bytes).")


def restore(
    file: File,
    overrides: Overrides = None,
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Give up what the database holds.")] = False,
) -> None:
    """Put a backup back: all of it, or nothing.

    The database has to be empty, and no service may use it meanwhile.
    """
    settings = settings_of(overrides)

    from datastore_service.infrastructure.backup import BackupError
    from datastore_service.infrastructure.backup import restore as put_back

    try:
        restored = ending_whatever_comes(put_back(settings.database, file, replace=replace))
    except BackupError as error:
        raise failure(error, FAILED) from None
    typer.echo(f"The data of {file} are back; the schema is at revision {restored.revision}.")
    if not restored.reader:
        typer.echo("The read side has no role of its own here; `datastore serve` says how to give it one.", err=True)
