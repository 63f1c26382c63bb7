"""What is searched for: phrases, of which each is wanted or not, and alternatives of these."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(r'(-?)"([^"]*)(?:"|$)|(\S+)')
_SIGNS: Final = re.compile(r"[\x00-/:-@\[-`{-\x7f]+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in a row.

    Attributes:
        words: The words, separated by blanks; of the signs between them, those that are ASCII are blanks already.
        wanted: Whether a text has to have them, or must not.
    """

    words: str
    wanted: bool = True


def read_search(written: str) -> Sequence[Sequence[Phrase]]:
    """Reads what is searched for.

    Quotation marks make a phrase, and so does whatever stands without a blank in between: an address, a path, a mail
    address. A minus in front of a phrase excludes it. `or` between two phrases separates alternatives; elsewhere it is
    a word. What has neither a letter nor a digit in it is left out.

    Returns:
        The alternatives: all phrases of one of them have to hold. There are none if there are no words.
    """
    said = [token for token in map(_Token.of, _TOKEN.finditer(written)) if any(map(str.isalnum, token.text))]
    alternatives: list[list[Phrase]] = [[]]
    for place, token in enumerate(said):
        if token.is_or and alternatives[-1] and place + 1 < len(said):
            alternatives.append([])
        else:
            words = " ".join(_SIGNS.sub(" ", token.text).split())
            alternatives[-1].append(Phrase(words, token.wanted))
    return [phrases for phrases in alternatives if phrases]


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    wanted: bool
    is_or: bool

    @classmethod
    def of(cls, match: re.Match[str]) -> "_Token":
        minus, quoted, bare = match.groups()
        if bare is None:
            return cls(quoted, wanted=not minus, is_or=False)
        return cls(bare, wanted=not bare.startswith("-"), is_or=bare.lower() == "or")
