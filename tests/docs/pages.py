"""The pages that people read in the repository, and the pieces of code in them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"

_BLOCK: Final = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN: Final = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code."""

    language: str
    title: str
    text: str


def pages() -> list[Path]:
    """Returns the documentation, without the decisions: those record what was true on their day."""
    at_the_top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    return at_the_top + sorted(path for path in DOCS.rglob("*.md") if DOCS / "adr" not in path.parents)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(text: str) -> list[Block]:
    """Returns the fenced blocks, in order."""
    return [
        Block(language, "".join(re.findall(r'title="([^"]*)"', options)), body)
        for language, options, body in _BLOCK.findall(text)
    ]


def spans(text: str) -> list[str]:
    """Returns what stands in backticks outside of the blocks, each on one line."""
    return [" ".join(span.split()) for span in _SPAN.findall(_BLOCK.sub("", text))]


def commands(shell: str) -> Iterator[list[str]]:
    """Returns the words of each command: it ends where a line leaves no quotation open and does not go on."""
    pending = ""
    for line in shell.splitlines(keepends=True):
        pending += line
        if line.endswith("\\\n"):
            continue
        try:
            words = shlex.split(pending.replace("\\\n", " "), comments=True)
        except ValueError:
            continue
        if words:
            yield words
        pending = ""
    assert not pending, f"This command does not end: {pending}"
