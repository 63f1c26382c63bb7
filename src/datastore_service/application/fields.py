"""What a question can be about: the attributes of a record, and places in its payload."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from functools import lru_cache
from typing import Final, cast

from datastore_service.application.path_texts import (
    ANY_ITEM,
    EXAMPLES,
    ITEM,
    ITEM_EXAMPLES,
    PAYLOAD,
    check_length,
    formerly_written_step,
    read_former_steps,
    read_steps,
    shortened,
    written_step,
)
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import Json, check_storable


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
        return self._written(written_step)

    @property
    def former_text(self) -> str:
        """How the path was written until 2026-12, and may be kept."""
        return self._written(formerly_written_step)

    def _written(self, write: Callable[[str], str]) -> str:
        written = "".join(f".{write(step)}" for step in self.steps)
        return f"{PAYLOAD}{written}{_AS_TIME if self.as_time else ''}"


class Relevance(StrEnum):
    """How well a record goes with what is searched for: only lists can be ordered by it."""

    RELEVANCE = "relevance"


type Field = Attribute | PayloadPath


@dataclass(frozen=True, slots=True)
class Compared:
    """What a filter compares.

    Attributes:
        field: A field of the record or, if there are arrays, a place in an item of the last one.
        arrays: The first one is a place in the payload, and each other one a place in an item of the one before.
    """

    field: Field
    arrays: tuple[PayloadPath, ...] = ()


def kind_of_attribute(field: object) -> Kind | None:
    """Returns what the values of an attribute are; None of a place in the payload, which may hold anything."""
    return field.kind if isinstance(field, Attribute) else None


_AS_TIME: Final = "::time"


def read_field(written: object, pointer: str) -> Field:
    """Reads how a client names a field: as text, or as an array of the payload's name and the steps from there.

    Args:
        written: `created_at`, `payload.items[0].name`, `payload."a.b"`, `["payload", "a.b"]`; with `::time` at the end
            of the text, a time.
        pointer: Where it stands, for the error.

    Raises:
        InvalidValue: It names nothing that a record has.
    """
    found = read_compared(written, pointer)
    if found.arrays:
        raise InvalidValue(pointer, f"{shortened(str(written))} names many values: only filters take {ANY_ITEM}.")
    return found.field


def read_compared(written: object, pointer: str, *, of_item: bool = False) -> Compared:
    """Reads what a client compares: a field, in which `[*]` stands for any item of an array.

    Args:
        written: As `read_field` takes it; also `payload.items[*].name`.
        pointer: Where it stands, for the error.
        of_item: Whether it is about an item of an array, as `item.name`, instead of a record.

    Raises:
        InvalidValue: It names nothing that a record, or an item, has.
    """
    is_kept = isinstance(written, str) and len(written) <= _LONGEST_KEPT
    return _kept(written, pointer, of_item) if is_kept else _read(written, pointer, of_item)


def _read(written: object, pointer: str, of_item: bool) -> Compared:
    check_storable(written, pointer)
    if isinstance(written, list) and not of_item:
        return Compared(_of_array(cast("list[Json]", written), pointer))
    if not isinstance(written, str):
        raise InvalidValue(pointer, f"A field is a text such as {EXAMPLES}.")
    if not of_item and written in Attribute:
        return Compared(Attribute(written))
    path, root = written.removesuffix(_AS_TIME), ITEM if of_item else PAYLOAD
    if not path.startswith(root):
        raise _unknown(written, pointer, of_item=of_item)
    *arrays, last = _parted(read_steps(path, len(root), pointer))
    return Compared(PayloadPath(last, path != written), tuple(map(PayloadPath, arrays)))


def read_kept_path(written: str) -> PayloadPath:
    """Reads a path as this or a former release has written it.

    Raises:
        InvalidValue: It is none.
    """
    path = written.removesuffix(_AS_TIME)
    return PayloadPath(tuple(read_former_steps(path, len(PAYLOAD), "/path")), path != written)


def read_payload_path(written: str, pointer: str) -> PayloadPath:
    """Reads a path from the payload on, without its name: `address.city`; empty, it is the whole payload.

    Raises:
        InvalidValue: It is no path.
    """
    found = read_field(_from(PAYLOAD, written), pointer)
    if not isinstance(found, PayloadPath):
        raise InvalidValue(pointer, f"{shortened(written)} is no path in a payload.")
    return found


def read_compared_path(written: str, pointer: str, *, of_item: bool = False) -> Compared:
    """Reads a path from the payload or an item on, without its name; `[*]` stands for any item of an array.

    Raises:
        InvalidValue: It is no path.
    """
    return read_compared(_from(ITEM if of_item else PAYLOAD, written), pointer, of_item=of_item)


def _from(root: str, written: str) -> str:
    return f"{root}{written}" if not written or written.startswith(("[", "::")) else f"{root}.{written}"


_LONGEST_KEPT: Final = 100
_kept: Final = lru_cache(1000)(_read)
"""Clients name the same few fields again and again."""


def _of_array(steps: Sequence[Json], pointer: str) -> Field:
    if not steps or steps[0] != PAYLOAD:
        raise InvalidValue(pointer, 'A field as an array begins with "payload".')
    texts = [str(step) for step in steps[1:] if isinstance(step, str | int) and not isinstance(step, bool)]
    if len(texts) < len(steps) - 1:
        raise InvalidValue(pointer, "The steps of a field are texts and integers.")
    check_length(texts, pointer)
    return PayloadPath(tuple(texts))


def _parted(steps: Sequence[str | None]) -> Iterator[tuple[str, ...]]:
    """Yields the steps to each array of whose items one is meant, and from there to the end."""
    part: list[str] = []
    for step in steps:
        if step is None:
            yield tuple(part)
            part = []
        else:
            part.append(step)
    yield tuple(part)


def _unknown(written: str, pointer: str, *, of_item: bool) -> InvalidValue:
    if of_item:
        return InvalidValue(
            pointer, f"{shortened(written)} is no field of an item; those of an item are such as {ITEM_EXAMPLES}."
        )
    names = ", ".join(Attribute)
    return InvalidValue(pointer, f"{shortened(written)} is no field; there are {names}, and paths such as {EXAMPLES}.")


def indexable_path(written: str, pointer: str = "/path") -> PayloadPath:
    """Reads a field that an index can be on, as filters name it: `payload.age`, `payload.born::time`.

    Raises:
        InvalidValue: It is no path in a payload.
    """
    found = read_field(written, pointer)
    if not isinstance(found, PayloadPath) or not found.steps:
        raise InvalidValue(
            pointer, f"{shortened(written)} is no place in a payload; indexes are on such as {EXAMPLES}."
        )
    return found
