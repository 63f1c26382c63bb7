"""Makes the next architecture decision record from the template, and its line in the table of all of them."""

import re
import sys
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

_LONGEST_TITLE: Final = 80
_RECORDS: Final = Path(__file__).resolve().parents[1] / "adr"


class TitleError(Exception):
    """The title will not do; the message is one sentence for the user."""


def new_record(folder: Path, title: str, today: date) -> Path:
    """Writes the record with the next number and returns where it is.

    Raises:
        TitleError: The title is not one, or there is a record with it.
    """
    slug = slug_of(title)
    taken = {path.stem[5:]: int(path.name[:4]) for path in folder.glob("[0-9][0-9][0-9][0-9]-*.md")}
    if slug in taken:
        raise TitleError(f"adr/{taken[slug]:04}-{slug}.md has this title already.")
    number = f"{max(taken.values()) + 1:04}"
    text = (folder / "0000-template.md").read_text("utf-8")
    text = text.replace("NNNN. Title, a decision in a few words", f"{number}. {title}", 1)
    text = text.replace("Accepted, or: Superseded by adr/NNNN", "Accepted", 1).replace("YYYY-MM-DD", f"{today}", 1)
    record = folder / f"{number}-{slug}.md"
    record.write_text(text, "utf-8")
    table = folder / "README.md"
    rows = table.read_text("utf-8").rstrip("\n")
    table.write_text(f"{rows}\n| [{number}]({record.name}) | {title} | Accepted |\n", "utf-8")
    return record


def slug_of(title: str) -> str:
    """Returns the title as a part of a file name.

    Raises:
        TitleError: It is empty, too long, ends with a dot or has characters that break a heading or a table.
    """
    if title != title.strip() or title.endswith(".") or not title[:1].isalnum():
        raise TitleError("A title starts with a letter or a number, has no space around it and no dot at its end.")
    if len(title) > _LONGEST_TITLE:
        raise TitleError(f"A title is a decision in a few words: {len(title)} characters are more than 80.")
    if not title.isprintable() or set(title) & set("|<>[]#*`\\"):
        raise TitleError("A title is plain text on one line, without |, <, >, [, ], #, *, ` or \\.")
    ascii_title = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    slug = "-".join(re.findall(r"[a-z0-9]+", ascii_title.lower()))
    if not slug:
        raise TitleError("A title needs letters from which a file name can be made.")
    return slug


def main() -> None:
    """Runs the program; its words are the title."""
    try:
        record = new_record(_RECORDS, " ".join(sys.argv[1:]), datetime.now(UTC).date())
    except TitleError as error:
        sys.exit(str(error))
    sys.stdout.write(f"{record}\n")


if __name__ == "__main__":
    main()
