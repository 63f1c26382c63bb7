"""What a question can be about: the attributes of a record, and places in its payload."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from functools import lru_cache
from typing import Final, cast

from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import Json, check_storable

MAX_STEPS: Final = 50


class Attribute(StrEnum):
    """What a record has beside its payload."""

    ID = "id"
    COLLECTION = "collection"
    VERSION = "version"
    TAGS = "tags"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    DELETED_AT = "deleted_at"

    @property
    def kind(self) -> "Kind":
        """What its values are."""
        return _KINDS[self]


class Kind(Enum):
    """What the values of an attribute are, of which its operators, its order and its SQL follow."""

    ID = auto()
    TEXT = auto()
    NUMBER = auto()
    TEXTS = auto()
    TIME = auto()


_KINDS: Final[Mapping[Attribute, Kind]] = {
    Attribute.ID: Kind.ID,
    Attribute.COLLECTION: Kind.TEXT,
    Attribute.VERSION: Kind.NUMBER,
    Attribute.TAGS: Kind.TEXTS,
    Attribute.CREATED_AT: Kind.TIME,
    Attribute.UPDATED_AT: Kind.TIME,
    Attribute.DELETED_AT: Kind.TIME,
}


@dataclass(frozen=True, slots=True)
class PayloadPath:
    """A place in the payload.

    Attributes:
        steps: Each is a key of an object, or an index of an array: counted from 0, or if negative from the end.
        as_time: The text there is read as a time (RFC 3339); what is no such text is taken to be missing.
    """

    steps: tuple[str, ...] = ()
    as_time: bool = False

    def __str__(self) -> str:
        return self._written(_BARE)

    @property
    def former_text(self) -> str:
        """How the path was written until 2026-12, and may be kept."""
        return self._written(_FORMER_BARE)

    def _written(self, bare: re.Pattern[str]) -> str:
        written = "".join(f".{step if bare.fullmatch(step) else _quoted(step)}" for step in self.steps)
        return f"{_PAYLOAD}{written}{_AS_TIME if self.as_time else ''}"


class Relevance(StrEnum):
    """How well a record goes with what is searched for: only lists can be ordered by it."""

    RELEVANCE = "relevance"


type Field = Attribute | PayloadPath


def kind_of_attribute(field: object) -> Kind | None:
    """Returns what the values of an attribute are; None of a place in the payload, which may hold anything."""
    return field.kind if isinstance(field, Attribute) else None


_PAYLOAD: Final = "payload"
_AS_TIME: Final = "::time"
_BARE: Final = re.compile(r'(?:[^."\[\]:\s<>=!,(){}*\x00-\x1f]|:(?!:))+')
# What releases until 2026-12 took for a key as it stands.
_FORMER_BARE: Final = re.compile(r'(?:[^."\[\]:]|:(?!:))+')
_DIRECTION: Final = re.compile(r"\s+(asc|desc)(?:ending)?", re.IGNORECASE)
_OPERATORS: Final = frozenset("<>=!")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_INDEX: Final = re.compile(r"-?[0-9]+")
_EXAMPLES: Final = 'payload.address.city, payload.items[0] or payload."a.b"'


def read_field(written: object, pointer: str) -> Field:
    """Reads how a client names a field: as text, or as an array of the payload's name and the steps from there.

    Args:
        written: `created_at`, `payload.items[0].name`, `payload."a.b"`, `["payload", "a.b"]`; with `::time` at the end
            of the text, a time.
        pointer: Where it stands, for the error.

    Raises:
        InvalidValue: It names nothing that a record has.
    """
    is_kept = isinstance(written, str) and len(written) <= _LONGEST_KEPT
    return _kept(written, pointer) if is_kept else _read(written, pointer)


def _read(written: object, pointer: str) -> Field:
    check_storable(written, pointer)
    if isinstance(written, list):
        return _of_array(cast("list[Json]", written), pointer)
    if not isinstance(written, str):
        raise InvalidValue(pointer, f"A field is a text such as {_EXAMPLES}.")
    if written in Attribute:
        return Attribute(written)
    as_time = written.endswith(_AS_TIME)
    path = written.removesuffix(_AS_TIME)
    if not path.startswith(_PAYLOAD):
        names = ", ".join(Attribute)
        raise InvalidValue(
            pointer, f"{shortened(written)} is no field; there are {names}, and paths such as {_EXAMPLES}."
        )
    return _path(list(_steps(path, pointer, _BARE)), pointer, as_time=as_time)


def read_kept_path(written: str) -> PayloadPath:
    """Reads a path as this or a former release has written it.

    Raises:
        InvalidValue: It is none.
    """
    path = written.removesuffix(_AS_TIME)
    return _path(list(_steps(path, "/path", _FORMER_BARE)), "/path", as_time=path != written)


def read_payload_path(written: str, pointer: str) -> PayloadPath:
    """Reads a path from the payload on, without its name: `address.city`; empty, it is the whole payload.

    Raises:
        InvalidValue: It is no path.
    """
    separated = written if not written or written.startswith(("[", "::")) else f".{written}"
    found = read_field(f"{_PAYLOAD}{separated}", pointer)
    if not isinstance(found, PayloadPath):
        raise InvalidValue(pointer, f"{shortened(written)} is no path in a payload.")
    return found


_LONGEST_KEPT: Final = 100
_kept: Final = lru_cache(1000)(_read)
"""Clients name the same few fields again and again."""


def _of_array(steps: Sequence[Json], pointer: str) -> Field:
    if not steps or steps[0] != _PAYLOAD:
        raise InvalidValue(pointer, 'A field as an array begins with "payload".')
    texts = [str(step) for step in steps[1:] if isinstance(step, str | int) and not isinstance(step, bool)]
    if len(texts) < len(steps) - 1:
        raise InvalidValue(pointer, "The steps of a field are texts and integers.")
    return _path(texts, pointer, as_time=False)


def _path(steps: Sequence[str], pointer: str, *, as_time: bool) -> PayloadPath:
    if len(steps) > MAX_STEPS:
        raise InvalidValue(pointer, f"A path has at most {MAX_STEPS} steps; this one has {len(steps)}.")
    return PayloadPath(tuple(steps), as_time)


def _steps(path: str, pointer: str, bare: re.Pattern[str]) -> Iterator[str]:
    place = len(_PAYLOAD)
    while place < len(path):
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
    return InvalidValue(
        pointer,
        f"{shortened(path)} cannot be read from character {place + 1} on{_hint(path, place)}. Paths are such as "
        f"{_EXAMPLES}; a key with blanks, brackets or operators in it stands in double quotes.",
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


def shortened(text: str, longest: int = 80) -> str:
    """Returns a text of a client for an error, in quotes; of a long one, the beginning."""
    return repr(text if len(text) <= longest else f"{text[:longest]}…")


def indexable_path(written: str, pointer: str = "/path") -> PayloadPath:
    """Reads a field that an index can be on, as filters name it: `payload.age`, `payload.born::time`.

    Raises:
        InvalidValue: It is no path in a payload.
    """
    found = read_field(written, pointer)
    if not isinstance(found, PayloadPath) or not found.steps:
        raise InvalidValue(
            pointer, f"{shortened(written)} is no place in a payload; indexes are on such as {_EXAMPLES}."
        )
    return found
