"""Copies of the project, to write into."""

import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.data_folders import FORMER_DATA

ROOT: Final = Path(__file__).parents[1]
COPIED: Final = ("adr", "changelog.d", "conf", "migrations", "src", "tests", "tools")
LEFT_OUT: Final = shutil.ignore_patterns("*.pyc.*", "node_modules", ".hypothesis", "generator", "examples")
"""What no copy needs. The bytecode goes along, but for that which another process is writing."""
OUR_OWN: Final = ("PYTEST_", "COV")
KEPT_OF_HYPOTHESIS: Final = {"HYPOTHESIS_STORAGE_DIRECTORY": str(ROOT / ".hypothesis")}
"""Where Hypothesis keeps the tables of Unicode and each module's constants, which take seconds to work out."""


@dataclass(frozen=True)
class Checkout:
    """A copy of the project, in which this Python works.

    Attributes:
        folder: Where it is.
        data_folder: What its tests make their data of: the fixture of that name.
    """

    folder: Path
    data_folder: Path

    def run(self, module: str, *words: str) -> tuple[int, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OUR_OWN)}
        done = subprocess.run(
            [sys.executable, "-m", module, *words],
            cwd=self.folder,
            env=inherited
            | KEPT_OF_HYPOTHESIS
            | {"PYTHONPATH": str(self.folder / "src"), "NO_COLOR": "1", FORMER_DATA: str(self.data_folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def generate(self, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "tools/generate.py", *words], cwd=self.folder, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def test(self, *paths: str) -> tuple[int, str]:
        return self.run("pytest", "-q", "-n", "0", "--no-cov", "-p", "no:cacheprovider", *paths)

    def contents(self) -> dict[str, bytes]:
        """Returns the modules by their paths."""
        return contents_of(self.folder)

    def changed(self, since: Mapping[str, bytes] | None = None) -> list[str]:
        """Returns the paths of the modules that are not as they were then, or else not as they are in the project."""
        known = contents_of(ROOT) if since is None else since
        return [path for path, content in self.contents().items() if known.get(path) != content]

    def replace(self, path: str, old: str, new: str) -> None:
        text = (self.folder / path).read_text("utf-8")
        assert text.count(old) == 1, f"{path} has {text.count(old)} times {old!r}"
        (self.folder / path).write_text(text.replace(old, new), "utf-8")


def contents_of(folder: Path) -> dict[str, bytes]:
    modules = [path for name in COPIED for path in (folder / name).rglob("*.py")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in modules}


@contextmanager
def checked_out(folder: Path, data_folder: Path) -> Generator[Checkout]:
    """Copies the project into the folder, and takes it away at the end."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=LEFT_OUT)
    for path in (*ROOT.glob("*.toml"), *ROOT.glob("*.py"), *ROOT.glob("*.md")):
        shutil.copy(path, folder)
    (folder / ".venv").symlink_to(sys.prefix)
    yield Checkout(folder, data_folder)
    shutil.rmtree(folder)


def succeeded(outcome: tuple[int, str]) -> str:
    """Returns what a program printed that should have succeeded."""
    status, output = outcome
    assert status == 0, output
    return output
