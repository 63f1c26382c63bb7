"""The command line as a page, from the Typer application."""

from collections.abc import Sequence
from typing import Final, cast

from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from datastore_service.cli import app
from docsite.markdown import block, page

_WIDTH: Final = 80
_INTRODUCTION: Final = """
In a clone, `uv run` goes before each of these. The exit code is 0 where all went well, 1 where the service could not
start, 2 where the command line or a setting is wrong, and 128 and the signal's number where a signal ended it.
"""


def command_line_page() -> str:
    """Returns the page of what `--help` says, for each command."""
    calls = [(), *((name,) for name in command_names())]
    return page("# Command line", _INTRODUCTION, *(part for words in calls for part in _section(words)))


def command_names() -> list[str]:
    """Returns the subcommands of `datastore`."""
    return list(cast("TyperGroup", get_command(app)).commands)


def _section(words: Sequence[str]) -> tuple[str, str]:
    run = CliRunner().invoke(app, [*words, "--help"], prog_name="datastore", terminal_width=_WIDTH)
    return f"## {' '.join(['datastore', *words])}", block("text", run.output)
