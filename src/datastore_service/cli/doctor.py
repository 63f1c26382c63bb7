"""`datastore doctor`."""
# ruff: noqa: PLC0415

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Final

import typer

from datastore_service.cli.running import FAILED, Overrides, ending_whatever_comes

if TYPE_CHECKING:
    from datastore_service.infrastructure.doctor import Finding

_WIDTH: Final = 13


def doctor(
    overrides: Overrides = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON object a line, for programs.")] = False,
) -> None:
    """Look whether all is well, and say what to do about what is not.

    A line each: configuration, versions, disk, database, schema, read role, clock and more. Nothing is changed. The
    exit code is 1 if there is a problem; what is only worth a warning leaves it 0.
    """
    if ending_whatever_comes(tell(overrides, as_json=as_json)):
        raise typer.Exit(FAILED)


async def tell(overrides: list[str] | None, *, as_json: bool) -> bool:
    """Prints each finding as it is made, and returns whether there is a problem."""
    from datastore_service.infrastructure.doctor import State

    ill = False
    async for finding in _findings(overrides):
        ill |= finding.state is State.PROBLEM
        typer.echo(_json(finding) if as_json else _line(finding))
    return ill


async def _findings(overrides: list[str] | None) -> "AsyncIterator[Finding]":
    from datastore_service.config.loader import ConfigurationError, load_settings
    from datastore_service.infrastructure.doctor import Finding, State, examine

    try:
        settings = load_settings(overrides or ())
    except ConfigurationError as error:
        for line in error.problems:
            advice = "Correct it; `datastore config` shows the settings in effect."
            yield Finding(name="configuration", state=State.PROBLEM, detail=line, advice=advice)
        return
    yield Finding(name="configuration", detail="valid")
    async for finding in examine(settings):
        yield finding


def _line(finding: "Finding") -> str:
    said = f"{finding.state:<7}  {finding.name:<{_WIDTH}}  {finding.detail}"
    return f"{said}\n{'':<{_WIDTH + 11}}{finding.advice}" if finding.advice else said


def _json(finding: "Finding") -> str:
    import json
    from dataclasses import asdict

    return json.dumps(asdict(finding))
