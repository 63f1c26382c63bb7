"""The `datastore` command. What is heavy is imported by the command that needs it, so that `--help` answers at once."""
# ruff: noqa: PLC0415

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from datastore_service.cli import backups, doctor, purging, transfer
from datastore_service.cli.explain import explain
from datastore_service.cli.indexes import index
from datastore_service.cli.running import FAILED, OVERRIDABLE, Overrides, ending_well, failure, settings_of, stopped

if TYPE_CHECKING:
    from datastore_service.config.settings import Settings

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


@app.command(context_settings=OVERRIDABLE)
def serve(overrides: Overrides = None) -> None:
    """Serve REST and GraphQL.

    Without DATABASE_URL the data lies in an embedded PostgreSQL, which is started and stopped with the service.
    """
    with ending_well():
        settings = settings_of(overrides)

        from datastore_service.config.logs import configure_logging
        from datastore_service.server import ListenError, Server, listen, url_of

        configure_logging(settings.observability)
        try:
            listening = listen(settings.server)
        except ListenError as error:
            raise failure(error, FAILED) from None

        from datastore_service.api.protection.connection import protocol_within
        from datastore_service.main import StartupError, create_app

        with listening:
            try:
                application = create_app(settings)
                server = Server(
                    application,
                    lifecycle=application.state.lifecycle,
                    protocol=protocol_within(settings.limits),
                    shutdown_timeout=settings.server.shutdown_timeout,
                    max_message_bytes=settings.limits.body_bytes,
                    shutdown_delay=settings.server.shutdown_delay,
                    on_ready=lambda: typer.echo(_welcome(url_of(listening), settings)),
                )
                ended_by = server.run_until_signal(listening)
            except StartupError as error:
                raise failure(error, FAILED) from None
        if ended_by is not None:
            raise stopped(ended_by)


@app.command(context_settings=OVERRIDABLE)
def migrate(overrides: Overrides = None) -> None:
    """Bring the database's schema up to date."""
    with ending_well():
        settings = settings_of(overrides)

        from datastore_service.config.logs import configure_logging
        from datastore_service.main import StartupError
        from datastore_service.main import migrate as migrate_database

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


def _welcome(url: str, settings: "Settings") -> str:
    data = settings.database.masked_url or f"{settings.database.data_dir} (embedded PostgreSQL)"
    return "\n".join(
        (
            f"Datastore is ready at {url}",
            f"  REST     {url}/docs and {url}/redoc",
            f"  GraphQL  {url}/graphql",
            f"  Data     {data}",
            "Press Ctrl-C to stop.",
        )
    )


app.command(context_settings=OVERRIDABLE)(backups.backup)
app.command(context_settings=OVERRIDABLE)(backups.restore)
app.command(context_settings=OVERRIDABLE)(doctor.doctor)
app.command(name="import", context_settings=OVERRIDABLE)(transfer.import_records)
app.command(name="export", context_settings=OVERRIDABLE)(transfer.export_records)
app.command(name="purge", context_settings=OVERRIDABLE)(purging.purge)
app.add_typer(index, name="index")
app.command(context_settings=OVERRIDABLE)(explain)
