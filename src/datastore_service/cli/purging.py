"""The command that removes for good what is not kept."""
# ruff: noqa: PLC0415

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from datastore_service.cli.running import Overrides, ending_well, settings_of
from datastore_service.cli.transfer import on_the_store

if TYPE_CHECKING:
    from rich.progress import Progress

    from datastore_service.application.mediator import Mediator
    from datastore_service.application.read.ports.history import Purgeable
    from datastore_service.application.read.queries.count_purgeable import PurgeableCount

_AT_A_TIME: Final = 1_000
_AGE: Final = re.compile(r"([0-9]{1,6})([smhdw])")
_GREATEST_AGE: Final = timedelta(days=365_000)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _age(text: str) -> timedelta:
    found = _AGE.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no age, such as 90d; the units are s, m, h, d and w.")
    age = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if age > _GREATEST_AGE:
        raise typer.BadParameter(f"{text!r} is longer ago than a thousand years.")
    return age


def purge(
    overrides: Overrides = None,
    *,
    older_than: Annotated[
        timedelta | None,
        typer.Option(
            parser=_age,
            metavar="AGE",
            help="Remove the records that were deleted so long ago, such as 90d, with all that they were.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove for good what is not kept: revisions that their collection's retention gives up, and old tombstones.

    What a consumer or a webhook has yet to get stays, and the command says for which of them.

    It goes in small steps, so that a service that runs on the data may go on running. Interrupted, the same command
    goes on where it was.
    """
    with ending_well():
        settings = settings_of(overrides)

        async def run(mediator: "Mediator") -> str:
            from datastore_service.application.read.queries.count_purgeable import CountPurgeable

            deleted_before = None if older_than is None else datetime.now(UTC) - older_than
            counted = await mediator.send(CountPurgeable(deleted_before=deleted_before))
            found = counted.purgeable
            if dry_run:
                summary = _summary("Would remove", found.tombstones, sum(found.revisions.values()))
                return summary + _held("Would leave", counted)
            summary = _summary("Removed", *await _purged(mediator, found, deleted_before))
            return summary + _held("Left", await mediator.send(CountPurgeable(deleted_before=deleted_before)))

        typer.echo(on_the_store(settings, run))


async def _purged(mediator: "Mediator", found: "Purgeable", deleted_before: datetime | None) -> tuple[int, int]:
    from datastore_service.application.write.commands.purge_revisions import PurgeRevisions
    from datastore_service.application.write.commands.purge_tombstones import PurgeTombstones

    tombstones = revisions = 0
    with _progress() as progress:
        if deleted_before is not None:
            step = PurgeTombstones(deleted_before=deleted_before, limit=_AT_A_TIME)
            tombstones = await _all_of(lambda: mediator.send(step), progress, "Deleted records", found.tombstones)
        for name, count in found.revisions.items():
            one = PurgeRevisions(collection=name, limit=_AT_A_TIME)

            async def give_up(one: PurgeRevisions = one) -> int:
                return await mediator.send(one)

            revisions += await _all_of(give_up, progress, f"Revisions of {name}", count)
    return tombstones, revisions


async def _all_of(step: Callable[[], Awaitable[int]], progress: "Progress", what: str, total: int) -> int:
    task = progress.add_task(what, total=total)
    removed = 0
    while count := await step():
        removed += count
        progress.advance(task, count)
    return removed


def _progress() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal, transient=True)


def _summary(verb: str, tombstones: int, revisions: int) -> str:
    return f"{verb} {tombstones:,} deleted records and {revisions:,} revisions."


def _held(verb: str, counted: "PurgeableCount") -> str:
    found = counted.purgeable
    if not found.held_tombstones and not found.held_revisions:
        return ""
    held = f"{found.held_tombstones:,} deleted records and {found.held_revisions:,} revisions"
    waiting = "".join(f"\n  {each}" for each in counted.waiting)
    return (
        f"\n{verb} {held} for consumers and webhooks that have yet to get them. Delete those that are no longer used "
        f"(DELETE /consumers/NAME, DELETE /webhooks/NAME), then purge again:{waiting}"
    )
