"""The little Markdown that the reference pages are written in."""

from collections.abc import Iterable, Sequence


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table; a cell's line breaks become spaces and its pipes are escaped."""
    lines = [list(columns), ["---"] * len(columns), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def block(language: str, text: str) -> str:
    """Returns a fenced block of code."""
    return f"```{language}\n{text.strip()}\n```"


def page(*parts: str) -> str:
    """Joins paragraphs, leaving out those that are empty."""
    return "\n\n".join(part for part in parts if part) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "&#124;" if "`" not in text else "\\|")
