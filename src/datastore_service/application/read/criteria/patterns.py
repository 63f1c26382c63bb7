"""The patterns of `like`: `%` is any text, `_` any character, and a backslash takes the next character as it is."""

from collections.abc import Sequence
from typing import Final

_ANY_TEXT: Final = object()
_ANY_CHARACTER: Final = object()


def like(text: str, pattern: str) -> bool:
    """Tells whether a text is as the pattern says, in time that grows with the lengths of both and no faster."""
    parts = _parts(pattern)
    place = at = 0
    resume: tuple[int, int] | None = None
    while place < len(text):
        if at < len(parts) and parts[at] is _ANY_TEXT:
            resume = (at + 1, place)
            at += 1
        elif at < len(parts) and parts[at] in (_ANY_CHARACTER, text[place]):
            place, at = place + 1, at + 1
        elif resume:
            at, place = resume[0], resume[1] + 1
            resume = (at, place)
        else:
            return False
    return all(part is _ANY_TEXT for part in parts[at:])


def _parts(pattern: str) -> Sequence[object]:
    parts: list[object] = []
    characters = iter(pattern)
    for character in characters:
        match character:
            case "\\":
                parts.append(next(characters))
            case "%":
                parts.append(_ANY_TEXT)
            case "_":
                parts.append(_ANY_CHARACTER)
            case _:
                parts.append(character)
    return parts
