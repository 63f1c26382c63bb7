"""How clients write paths: steps from the payload, or from an item of an array, on."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import check_storable

MAX_STEPS: Final = 50
PAYLOAD: Final = "payload"
ITEM: Final = "item"
"""The name of an item within a condition on the items of an array, as `payload` is that of the payload."""
ANY_ITEM: Final = "[*]"
EXAMPLES: Final = 'payload.address.city, payload.items[0] or payload."a.b"'
ITEM_EXAMPLES: Final = 'item, item.address.city, item[0] or item."a.b"'

_BARE: Final = re.compile(r'(?:[^."\[\]:\s<>=!,(){}*\x00-\x1f]|:(?!:))+')
# What releases until 2026-12 took for a key as it stands.
_FORMER_BARE: Final = re.compile(r'(?:[^."\[\]:]|:(?!:))+')
_DIRECTION: Final = re.compile(r"\s+(asc|desc)(?:ending)?", re.IGNORECASE)
_OPERATORS: Final = frozenset("<>=!")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_INDEX: Final = re.compile(r"-?[0-9]+")


def read_steps(path: str, place: int, pointer: str) -> Sequence[str | None]:
    """Reads the steps that are written from a place on; None is any item of an array.

    Raises:
        InvalidValue: They cannot be read, or are too many.
    """
    steps = list(_steps(path, place, pointer, _BARE))
    check_length(steps, pointer)
    return steps


def read_former_steps(path: str, place: int, pointer: str) -> Sequence[str]:
    """Reads the steps as this or a former release has written them.

    Raises:
        InvalidValue: They cannot be read, or are too many.
    """
    steps = [step for step in _steps(path, place, pointer, _FORMER_BARE) if step is not None]
    check_length(steps, pointer)
    return steps


def check_length(steps: Sequence[object], pointer: str) -> None:
    """Raises InvalidValue if a path has too many steps."""
    if len(steps) > MAX_STEPS:
        raise InvalidValue(pointer, f"A path has at most {MAX_STEPS} steps; this one has {len(steps)}.")


def written_step(step: str) -> str:
    """Returns how a step is written."""
    return step if _BARE.fullmatch(step) else _quoted(step)


def formerly_written_step(step: str) -> str:
    """Returns how a step was written until 2026-12."""
    return step if _FORMER_BARE.fullmatch(step) else _quoted(step)


def shortened(text: str, longest: int = 80) -> str:
    """Returns a text of a client for an error, in quotes; of a long one, the beginning."""
    return repr(text if len(text) <= longest else f"{text[:longest]}…")


def _steps(path: str, place: int, pointer: str, bare: re.Pattern[str]) -> Iterator[str | None]:
    while place < len(path):
        if bare is _BARE and path.startswith(ANY_ITEM, place):
            place += len(ANY_ITEM)
            yield None
            continue
        match path[place]:
            case ".":
                step, place = _step(path, place + 1, (_QUOTED, bare), pointer)
            case "[":
                step, place = _step(path, place + 1, (_QUOTED, _INDEX), pointer)
                if path[place : place + 1] != "]":
                    raise _unreadable(path, place, pointer)
                place += 1
            case _:
                raise _unreadable(path, place, pointer)
        yield step


def _step(path: str, place: int, kinds: Sequence[re.Pattern[str]], pointer: str) -> tuple[str, int]:
    found = next((match for kind in kinds if (match := kind.match(path, place))), None)
    if found is None:
        raise _unreadable(path, place, pointer)
    if not found[0].startswith('"'):
        return found[0], found.end()
    try:
        step = json.loads(found[0], strict=False)
    except json.JSONDecodeError:
        raise _unreadable(path, place, pointer) from None
    check_storable(step, pointer)
    return step, found.end()


def _unreadable(path: str, place: int, pointer: str) -> InvalidValue:
    examples = EXAMPLES if path.startswith(PAYLOAD) else ITEM_EXAMPLES
    return InvalidValue(
        pointer,
        f"{shortened(path)} cannot be read from character {place + 1} on{_hint(path, place)}. Paths are such as "
        f"{examples}; a key with blanks, brackets or operators in it stands in double quotes.",
    )


def _hint(path: str, place: int) -> str:
    """Returns what may be meant by that which cannot be read from this place on."""
    rest = path[place:]
    if direction := _DIRECTION.fullmatch(rest):
        return f": for this order, write {'-' if direction[1].lower() == 'desc' else ''}{path[:place]}"
    if rest.strip()[:1] in _OPERATORS:
        return f": an operator stands behind the field, as in filter[{path[:place]}][gte]=1"
    return ": there is a blank" if rest[:1].isspace() else ""


def _quoted(step: str) -> str:
    return json.dumps(step, ensure_ascii=False)
