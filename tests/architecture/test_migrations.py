"""The migrations are one chain, each named by its number."""

import re
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[2] / "migrations/versions"


def named(text: str, name: str) -> str | None:
    found = re.search(rf'^{name} = "(\w+)"$', text, re.MULTILINE)
    return found and found[1]


def test_each_migration_follows_the_one_before() -> None:
    """Two that were written at the same time have the same number; the later one is to get the next."""
    files = sorted(FOLDER.glob("[0-9]*.py"))
    texts = {file.name: file.read_text("utf-8") for file in files}

    expected = {
        file.name: (f"{number:04}", None if number == 1 else f"{number - 1:04}")
        for number, file in enumerate(files, start=1)
    }

    assert {name: (named(text, "revision"), named(text, "down_revision")) for name, text in texts.items()} == expected
    assert all(file.name.startswith(f"{number:04}_") for number, file in enumerate(files, start=1))
