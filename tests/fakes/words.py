"""Full-text search in memory: words as the configuration `simple` has them, quotations, OR and minus."""

import re
from collections.abc import Iterator
from typing import Final

from datastore_service.domain.json_value import Json

_WORD: Final = re.compile(r"\w+")
_TERM: Final = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')


def relevance(search: str, payload: Json) -> float:
    """Returns how often the words are there; 0 is not at all."""
    texts = [[word.lower() for word in _WORD.findall(text)] for text in _texts(payload)]
    terms = [(minus, _WORD.findall((quoted or word).lower()), word) for minus, quoted, word in _TERM.findall(search)]
    any_of: list[list[tuple[str, list[str]]]] = [[]]
    for minus, words, word in terms:
        if word == "OR" and not minus:
            any_of.append([])
        elif words:
            any_of[-1].append((minus, words))
    return float(max((_hits(alternative, texts) for alternative in any_of), default=0))


def _hits(terms: list[tuple[str, list[str]]], texts: list[list[str]]) -> int:
    counts = [(minus, sum(_count(words, text) for text in texts)) for minus, words in terms]
    if not counts or any(bool(count) is bool(minus) for minus, count in counts):
        return 0
    return sum(count for minus, count in counts if not minus) or 1


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
