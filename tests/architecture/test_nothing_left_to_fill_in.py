"""What a generator has marked for its author has been filled in."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from tools.new_adr import new_record

ROOT = Path(__file__).parents[2]
MARK = "FILL" + " IN"
FOLDERS = ("src", "tests", "migrations", "changelog.d", "adr")
MARKED_ON_PURPOSE = ("tests/generator/", "adr/0000-template.md")


def marks_in(root: Path) -> list[str]:
    """Returns the lines that are marked; one of a decision may be about the marks, and is marked with a colon."""
    marks: list[str] = []
    for path in files_in(root):
        mark, text = f"{MARK}: " if path.parent.name == "adr" else MARK, (root / path).read_text("utf-8")
        if mark in text and not path.as_posix().startswith(MARKED_ON_PURPOSE):
            lines = enumerate(text.splitlines(), 1)
            marks += [f"{path}:{number}: {line.strip()}" for number, line in lines if mark in line]
    return marks


def files_in(root: Path) -> Iterator[Path]:
    """Yields the paths below the root of all that authors write."""
    for top in FOLDERS:
        for folder, folders, names in (root / top).walk():
            folders[:] = [name for name in folders if name not in {"node_modules", "__pycache__"}]
            yield from ((folder / name).relative_to(root) for name in names if name.endswith((".py", ".md")))


def test_no_mark_is_left() -> None:
    assert marks_in(ROOT) == []


def test_a_new_decision_is_marked_in_each_of_its_parts(tmp_path: Path) -> None:
    (tmp_path / "adr").mkdir()
    for name in ("0000-template.md", "README.md"):
        shutil.copy(ROOT / "adr" / name, tmp_path / "adr")
    record = new_record(tmp_path / "adr", "A decision", date(2026, 12, 1))

    parts = [
        lines[0]
        for part in record.read_text("utf-8").split("\n## ")[1:]
        if (lines := part.splitlines()) and lines[0] not in {"Status", "Date"} and MARK not in part
    ]

    assert parts == []
    assert len(marks_in(tmp_path)) == 6
