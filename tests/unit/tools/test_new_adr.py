import shutil
from datetime import date
from pathlib import Path

import pytest

from tools.new_adr import TitleError, new_record

RECORDS = Path(__file__).parents[3] / "adr"
TODAY = date(2026, 12, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("0000-template.md", "README.md"):
        shutil.copy(RECORDS / name, tmp_path)
    return tmp_path


def test_the_first_record_is_made_from_the_template(folder: Path) -> None:
    record = new_record(folder, "Café tables, not JSON", TODAY)

    lines = record.read_text("utf-8").splitlines()
    assert record == folder / "0001-cafe-tables-not-json.md"
    assert lines[0] == "# 0001. Café tables, not JSON"
    assert lines[lines.index("## Status") + 2] == "Accepted"
    assert lines[lines.index("## Date") + 2] == "2026-12-01"
    assert {"## Context", "## Decision", "## Consequences", "## Alternatives", "## Enforced by"} <= set(lines)


def test_the_next_has_the_next_number_and_both_are_in_the_table(folder: Path) -> None:
    (folder / "0041-an-older-one.md").touch()
    new_record(folder, "One", TODAY)
    new_record(folder, "Another", TODAY)

    table = (folder / "README.md").read_text("utf-8")

    assert table.endswith(
        "| [0042](0042-one.md) | One | Accepted |\n| [0043](0043-another.md) | Another | Accepted |\n"
    )


@pytest.mark.parametrize(
    ("title", "complaint"),
    [
        ("", "starts with a letter"),
        ("  ", "starts with a letter"),
        ("-", "starts with a letter"),
        ("../../etc", "starts with a letter"),
        ("Too long " * 10 + "to be one", "a few words"),
        ("It ends.", "no dot at its end"),
        ("Two\nlines", "on one line"),
        ("A | b", "plain text"),
        ("漢字", "file name"),
        ("Same again", "has this title already"),
    ],
)
def test_a_bad_title_is_refused_and_nothing_is_written(folder: Path, title: str, complaint: str) -> None:
    (folder / "0001-same-again.md").touch()
    before = {path: path.read_bytes() for path in folder.iterdir()}

    with pytest.raises(TitleError, match=complaint):
        new_record(folder, title, TODAY)

    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_the_table_names_every_record(folder: Path) -> None:
    table = (folder / "README.md").read_text("utf-8")

    records = [path.name for path in RECORDS.glob("[0-9]*.md") if path.name != "0000-template.md"]
    assert records
    assert [name for name in records if f"]({name})" not in table] == []
