"""Full-text search in memory: words as the configuration `simple` has them, read as the service reads them."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from datastore_service.application.read.criteria.words import Phrase, read_search
from datastore_service.domain.json_value import Json

_WORD: Final = re.compile(r"[^\W_]+")


def relevance(search: str, payload: Json) -> float:
    """Returns how often the words are there; 0 is not at all."""
    texts = [_words(text) for text in _texts(payload)]
    return float(max((_hits(phrases, texts) for phrases in read_search(search)), default=0))


def _hits(phrases: Sequence[Phrase], texts: list[list[str]]) -> int:
    counts = [(each.wanted, sum(_count(_words(each.words), text) for text in texts)) for each in phrases]
    if any(bool(count) is not wanted for wanted, count in counts):
        return 0
    return sum(count for wanted, count in counts if wanted) or 1


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def _count(words: list[str], text: list[str]) -> int:
    return sum(text[start : start + len(words)] == words for start in range(len(text)))


def _texts(value: Json) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for member in value.values():
                yield from _texts(member)
        case _:
            pass
