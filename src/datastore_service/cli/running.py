"""What the commands have in common: their settings, and how they end."""
# ruff: noqa: PLC0415

import asyncio
import signal
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from datastore_service.config.settings import Settings

FAILED: Final = 1
MISUSED: Final = 2

OVERRIDABLE: Final[dict[Any, Any]] = {"ignore_unknown_options": True}
"""An unknown option passes as an override, for it is the settings that know what it may have meant."""

Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=VALUE", help="Settings of this run, such as server.port=9000.", show_default=False),
]


def settings_of(overrides: list[str] | None) -> "Settings":
    """Returns the settings of this run.

    Raises:
        typer.Exit: There is a mistake in them, which has been said.
    """
    from datastore_service.config.loader import ConfigurationError, load_settings

    try:
        return load_settings(overrides or ())
    except ConfigurationError as error:
        raise failure(error, MISUSED) from None


@contextmanager
def ending_well() -> Generator[None]:
    """Ends the command as shells expect it when Ctrl-C has interrupted it."""
    try:
        yield
    except KeyboardInterrupt:
        raise stopped(signal.SIGINT) from None


def ending_whatever_comes[T](work: "Coroutine[Any, Any, T]") -> T:
    """Runs what has something to tidy up before Ctrl-C or SIGTERM ends the command."""
    from datastore_service.config.signals import ending_signals

    ended_by: list[signal.Signals] = []

    async def run() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def end(by: signal.Signals) -> None:
            ended_by.append(by)
            if task is not None:
                task.cancel()

        for number in ending_signals():
            loop.add_signal_handler(number, end, number)
        return await work

    try:
        return asyncio.run(run())
    except asyncio.CancelledError:
        raise stopped(ended_by[0]) from None


def failure(error: Exception, status: int) -> typer.Exit:
    """Says what has gone wrong, and returns what to raise."""
    typer.echo(str(error), err=True)
    return typer.Exit(status)


def stopped(by: signal.Signals) -> typer.Exit:
    """Says so, and exits as shells show a process that a signal has ended."""
    typer.echo("Stopped.")
    return typer.Exit(128 + by)
