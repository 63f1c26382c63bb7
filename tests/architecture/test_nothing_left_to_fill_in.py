"""What a generator has marked for its author has been filled in."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
MARK = "FILL" + " IN"


def test_no_mark_is_left() -> None:
    files = [path for folder in ("src", "tests", "migrations", "changelog.d") for path in (ROOT / folder).rglob("*.*")]
    left = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files
        if path.suffix in {".py", ".md"} and "node_modules" not in path.parts and path.parent.name != "generator"
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if MARK in line
    ]

    assert left == []
