"""Pages that change the project, carried out on a copy of it."""

from collections.abc import Iterator
from pathlib import Path

from tests.checkouts import Checkout
from tests.docs.pages import Block, blocks


def changes(block: Block) -> Iterator[tuple[str, str]]:
    """Returns what each change in a diff takes away, and what it puts in its place."""
    for hunk in block.text.split("@@\n"):
        lines = hunk.splitlines(keepends=True)
        yield (
            "".join(line[1:] or line for line in lines if not line.startswith("+")),
            "".join(line[1:] or line for line in lines if not line.startswith("-")),
        )


def apply_diffs(page: Path, checkout: Checkout) -> list[str]:
    """Makes the changes that the page shows, and returns the paths of the changed files."""
    changed: list[str] = []
    for block in blocks(page.read_text("utf-8")):
        if block.language != "diff":
            continue
        # A migration's number is the next one.
        pattern = block.title.removesuffix(" (new)").replace("NNNN", "*")
        (path,) = (found.relative_to(checkout.folder).as_posix() for found in checkout.folder.glob(pattern))
        for old, new in changes(block):
            checkout.replace(path, old, new)
        changed.append(path)
    return changed


def add_files(page: Path, checkout: Checkout) -> list[str]:
    """Makes the new Python files that the page shows whole, and returns their paths.

    In a migration `NNNN` stands for the next number, and `PPPP` for the one before.
    """
    last = max(int(path.name[:4]) for path in (checkout.folder / "migrations/versions").glob("[0-9]*.py"))
    added: list[str] = []
    for block in blocks(page.read_text("utf-8")):
        if block.language != "python" or not block.title.endswith(" (new)"):
            continue
        path, text = (
            written.replace("NNNN", f"{last + 1:04}").replace("PPPP", f"{last:04}")
            for written in (block.title.removesuffix(" (new)"), block.text)
        )
        (checkout.folder / path).write_text(text, "utf-8")
        added.append(path)
    return added
