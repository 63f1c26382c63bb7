"""A checkout that files are generated into, and lines that make them known."""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

TEMPLATES: Final = Path(__file__).parents[1] / "templates"


class GenerationError(Exception):
    """It cannot be made; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line that makes something known: in which file, after which opening, and what has to be imported for it.

    It becomes the last one within the brackets that the opening begins, the first, or the next by the alphabet where
    the lines are ordered.
    """

    file: Path
    opening: str
    line: str
    imports: Sequence[str] = ()
    first: bool = False
    ordered: bool = False


class Project:
    """The checkout that is written to; nothing is written unless all of it can be."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._texts: dict[Path, str] = {}

    def create(self, path: Path, template: str, names: Mapping[str, str]) -> None:
        """Fills in a template as a new file."""
        if (self._root / path).exists():
            raise GenerationError(f"{path} is there already.")
        self._texts[path] = render(template, names)

    def enter(self, entry: Entry) -> None:
        """Adds the line at the end of the brackets, or of the class, that its opening begins."""
        text = self._read(entry.file)
        found = re.search(entry.opening, text, re.MULTILINE)
        if found is None:
            raise GenerationError(f"{entry.file} has no place for {entry.line!r}: nothing in it is {entry.opening!r}.")
        rest = text[found.end() :]
        text = text[: found.end()] + (
            f"\n    {entry.line}{rest}" if entry.first else _extended(rest, entry.line, ordered=entry.ordered)
        )
        for line in entry.imports:
            text = re.sub(r"^(?=from )", f"{line}\n", text, count=1, flags=re.MULTILINE)
        self._texts[entry.file] = text

    def append(self, path: Path, template: str, names: Mapping[str, str], before: str | None = None) -> None:
        """Adds a filled-in template to a file, at its end or before the line that begins so."""
        text, addition = self._read(path), render(template, names)
        place = text.find(f"\n{before}") + 1 if before else len(text)
        self._texts[path] = text[:place] + addition + text[place:]

    def write(self) -> list[Path]:
        """Writes everything, in the order in which linters want it, and returns the new files."""
        new = [path for path in self._texts if not (self._root / path).exists()]
        for path, text in self._texts.items():
            (self._root / path).parent.mkdir(parents=True, exist_ok=True)
            (self._root / path).write_text(text, "utf-8")
        files = [str(self._root / path) for path in self._texts if path.suffix == ".py"]
        for step in (["check", "--quiet", "--fix", "--select", "I"], ["format", "--quiet"]):
            subprocess.run([sys.executable, "-m", "ruff", *step, *files], check=True, cwd=self._root)  # noqa: S603
        return new

    def next_migration(self) -> tuple[str, str]:
        """Returns the last revision and the next."""
        numbers = sorted(path.name[:4] for path in (self._root / "migrations/versions").glob("[0-9]*.py"))
        return numbers[-1], f"{int(numbers[-1]) + 1:04}"

    def has(self, path: Path) -> bool:
        return (self._root / path).exists()

    def _read(self, path: Path) -> str:
        return self._texts.get(path) or (self._root / path).read_text("utf-8")


def render(template: str, names: Mapping[str, str]) -> str:
    """Fills in one of the templates."""
    return Template((TEMPLATES / template).read_text("utf-8")).substitute(names)


def _extended(text: str, line: str, *, ordered: bool) -> str:
    """Adds a line where the brackets close that are open at the beginning, or after the last line that is indented."""
    depth = 1
    for index, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            inner = text[:index].rstrip().rstrip(",")
            lines = f"{inner},\n    {line}\n" if inner.strip() else f"\n    {line}\n"
            return (_in_order(lines) if ordered else lines) + text[index:]
    raise GenerationError(f"There is no end of the brackets in which {line!r} belongs.")


def _in_order(lines: str) -> str:
    return "\n".join(["", *sorted(line for line in lines.split("\n") if line), ""])
