"""What a generator has marked for its author has been filled in."""

import shutil
from datetime import date
from pathlib import Path

from tools.new_adr import new_record

ROOT = Path(__file__).parents[2]
MARK = "FILL" + " IN"
FOLDERS = ("src", "tests", "migrations", "changelog.d", "adr")
MARKED_ON_PURPOSE = ("tests/generator/", "adr/0000-template.md")


def marks_in(root: Path) -> list[str]:
    """Returns the lines that are marked; one of a decision may be about the marks, and is marked with a colon."""
    files = [path.relative_to(root) for folder in FOLDERS for path in (root / folder).rglob("*.*")]
    return [
        f"{path}:{number}: {line.strip()}"
        for path in files
        if path.suffix in {".py", ".md"} and "node_modules" not in path.parts
        if not path.as_posix().startswith(MARKED_ON_PURPOSE)
        for number, line in enumerate((root / path).read_text("utf-8").splitlines(), 1)
        if (f"{MARK}: " if path.parent.name == "adr" else MARK) in line
    ]


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
