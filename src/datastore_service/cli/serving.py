"""`datastore serve`."""
# ruff: noqa: PLC0415

import gc
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from datastore_service.cli.running import FAILED, Overrides, ending_well, failure, settings_of, stopped

if TYPE_CHECKING:
    from datastore_service.config.settings import Settings


def serve(
    overrides: Overrides = None,
    *,
    workers: Annotated[
        int | None, typer.Option(help="Processes to serve with; the same as server.workers=N.", show_default=False)
    ] = None,
) -> None:
    """Serve REST and GraphQL.

    Without DATABASE_URL the data lies in an embedded PostgreSQL, which is started and stopped with the service.
    """
    with ending_well(), _uncollected():
        settings = settings_of([*(overrides or ()), *([] if workers is None else [f"server.workers={workers}"])])

        from datastore_service.config.logs import configure_logging
        from datastore_service.server import (
            ListenError,
            allow_many_connections,
            listen,
            look_for_garbage_seldom,
            url_of,
        )

        configure_logging(settings.observability)
        allow_many_connections()
        try:
            listening = listen(settings.server)
        except ListenError as error:
            raise failure(error, FAILED) from None

        with listening:
            serve_on = _serve_alone if settings.server.workers == 1 else _serve_with_workers
            welcome = _welcome(url_of(listening), settings)

            def ready() -> None:
                look_for_garbage_seldom()
                typer.echo(welcome)

            ended_by = serve_on(settings, listening, ready)
        if ended_by is not None:
            raise stopped(ended_by)


@contextmanager
def _uncollected() -> Generator[None]:
    """Looks for no garbage until the service is ready: what it is made of stays, and is a lot to look through."""
    gc.disable()
    thresholds = gc.get_threshold()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        gc.enable()


def _serve_alone(settings: "Settings", listening: socket.socket, on_ready: Callable[[], None]) -> signal.Signals | None:
    from datastore_service.api.edge.connection import protocol_within
    from datastore_service.database import StartupError
    from datastore_service.main import create_app
    from datastore_service.server import Server

    try:
        application = create_app(settings)
        server = Server(
            application,
            lifecycle=application.state.lifecycle,
            protocol=protocol_within(
                settings.limits, application.state.capacity, keep_alive_seconds=settings.server.keep_alive_seconds
            ),
            shutdown_timeout=settings.server.shutdown_timeout,
            max_message_bytes=settings.limits.body_bytes,
            shutdown_delay=settings.server.shutdown_delay,
            on_ready=on_ready,
        )
        return server.run_until_signal(listening)
    except StartupError as error:
        raise failure(error, FAILED) from None


def _serve_with_workers(
    settings: "Settings", listening: socket.socket, on_ready: Callable[[], None]
) -> signal.Signals | None:
    from datastore_service.workers.supervisor import Supervisor, WorkersError

    try:
        return Supervisor(settings, listening, on_ready).run_until_signal()
    except WorkersError as error:
        raise failure(error, FAILED) from None


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
