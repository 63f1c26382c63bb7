"""The size of the regular expressions in a JSON Schema once their counted repetitions are expanded.

An engine without backtracking passes once over a text, but each step may examine as many states as the expanded
expression has: for `(a{1,100}){1,100}`, 10,000.
"""

import re
from collections.abc import Iterator
from typing import Final

from datastore_service.domain.json_value import Json, escape_pointer

_MOST: Final = 10**9
_NO_SCHEMAS: Final = frozenset({"const", "default", "enum", "examples"})
_TOKEN: Final = re.compile(
    r"""
    (?P<escape>\\[pPuUx]\{[^}]*\}|\\.)
    | (?P<set>\[\^?(?:\\.|[^\]\\])*\])
    | (?P<group>\((?:\?(?:[:=!]|<[=!]|P?<\w+>))?)
    | (?P<end>\))
    | \{(?P<least>\d+)(?:,(?P<most>\d*))?\}
    | (?P<repeat>[*+?|^$])
    | (?P<character>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def written_out(pattern: str) -> int:
    """Returns the number of characters, sets and the like in an expression once its repetitions are expanded."""
    before: list[int] = []
    total = last = 0
    for token in _TOKEN.finditer(pattern):
        if token["group"]:
            before.append(total)
            total = last = 0
        elif token["end"]:
            last, total = total, total + (before.pop() if before else 0)
        elif token["least"]:
            times = max(int((token["most"] or token["least"])[:9]), 1)
            total, last = min(total + last * (times - 1), _MOST), min(last * times, _MOST)
        elif not token["repeat"]:
            total, last = total + 1, 1
    return total


def patterns_of(schema: Json, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yields the expressions of a schema, each with its JSON Pointer."""
    if isinstance(schema, list):
        for index, item in enumerate(schema):
            yield from patterns_of(item, f"{pointer}/{index}")
    if not isinstance(schema, dict):
        return
    for name, value in schema.items():
        at = f"{pointer}/{escape_pointer(name)}"
        if name == "pattern" and isinstance(value, str):
            yield at, value
        if name == "patternProperties" and isinstance(value, dict):
            yield from ((f"{at}/{escape_pointer(pattern)}", pattern) for pattern in value)
        if name not in _NO_SCHEMAS:
            yield from patterns_of(value, at)


def characters(value: Json) -> int:
    """Returns the number of characters in all texts of a value, including keys."""
    found, level = 0, [value]
    while level:
        inner: list[Json] = []
        for each in level:
            if isinstance(each, str):
                found += len(each)
            elif isinstance(each, dict):
                found += sum(map(len, each))
                inner.extend(each.values())
            elif isinstance(each, list):
                inner.extend(each)
        level = inner
    return found
