"""The `datastore` command. What is heavy is imported by the command that needs it, so that `--help` answers at once."""
# ruff: noqa: PLC0415

import asyncio
from typing import Annotated

import typer

from datastore_service.cli import backups, doctor, purging, transfer
from datastore_service.cli.explain import explain
from datastore_service.cli.indexes import index
from datastore_service.cli.running import FAILED, OVERRIDABLE, Overrides, ending_well, failure, settings_of
from datastore_service.cli.serving import serve

app = typer.Typer(
    name="datastore",
    epilog="Settings come from KEY=VALUE words, then from environment variables, then from the files of DATASTORE_ENV "
    "(local, container or test). To see them: datastore config",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Runs the command line."""
    app()


@app.callback(invoke_without_command=True)
def show_version(
    *, version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False
) -> None:
    """A self-contained PostgreSQL-backed store of JSON records, with REST and GraphQL."""
    if version:
        from importlib.metadata import version as version_of

        typer.echo(version_of("datastore-service"))
        raise typer.Exit


app.command(context_settings=OVERRIDABLE)(serve)


@app.command(context_settings=OVERRIDABLE)
def migrate(overrides: Overrides = None) -> None:
    """Bring the database's schema up to date."""
    with ending_well():
        settings = settings_of(overrides)

        from datastore_service.config.logs import configure_logging
        from datastore_service.database import StartupError
        from datastore_service.database import migrate as migrate_database

        configure_logging(settings.observability)
        try:
            revision = asyncio.run(migrate_database(settings))
        except StartupError as error:
            raise failure(error, FAILED) from None

        typer.echo(f"The schema is up to date, at revision {revision}.")


@app.command(context_settings=OVERRIDABLE)
def config(overrides: Overrides = None) -> None:
    """Show the settings in effect.

    They are written as YAML, with the password of DATABASE_URL blotted out.
    """
    settings = settings_of(overrides)

    from datastore_service.config.loader import settings_as_yaml

    typer.echo(settings_as_yaml(settings), nl=False)


app.command(context_settings=OVERRIDABLE)(backups.backup)
app.command(context_settings=OVERRIDABLE)(backups.restore)
app.command(context_settings=OVERRIDABLE)(doctor.doctor)
app.command(name="import", context_settings=OVERRIDABLE)(transfer.import_records)
app.command(name="export", context_settings=OVERRIDABLE)(transfer.export_records)
app.command(name="purge", context_settings=OVERRIDABLE)(purging.purge)
app.add_typer(index, name="index")
app.command(context_settings=OVERRIDABLE)(explain)
