"""The values that a record is made of, and the rules for each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from datastore_service.domain.errors import InvalidValue, PreconditionFailed
from datastore_service.domain.json_value import check_storable

DEFAULT_COLLECTION: Final = "default"

COLLECTION_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,127}$"
# A pattern that ends in $ would let a line break through.
_COLLECTION: Final = re.compile(COLLECTION_PATTERN.removesuffix("$"))
MAX_TAGS: Final = 100
MAX_TAG_LENGTH: Final = 200

_SHOWN_LENGTH: Final = 80


def is_collection_name(name: str) -> bool:
    """Tells whether a collection may be called so."""
    return _COLLECTION.fullmatch(name) is not None


def collection_name(name: str, pointer: str = "/collection") -> str:
    """Returns the name of a collection, which is safe in a URL as it stands.

    Args:
        name: The name.
        pointer: JSON Pointer to it, for the error.

    Raises:
        InvalidValue: It does not match `COLLECTION_PATTERN`.
    """
    if not is_collection_name(name):
        raise InvalidValue(
            pointer,
            f"{_shown(name)} is no name for a collection: 1 to 128 letters, digits, '_', '-' and '.', "
            "the first one a letter or digit.",
        )
    return name


def tag_set(tags: Sequence[object]) -> tuple[str, ...]:
    """Returns the tags sorted, each once.

    Raises:
        InvalidValue: They are no array, or too many, or one is no text, empty or too long.
    """
    if not isinstance(tags, list | tuple):
        raise InvalidValue("/tags", "The tags are an array of texts.")
    if not tags:
        return ()
    check_storable(list(tags), "/tags")
    for index, tag in enumerate(tags):
        if not isinstance(tag, str) or not 1 <= len(tag) <= MAX_TAG_LENGTH:
            raise InvalidValue(f"/tags/{index}", f"A tag is a text of 1 to {MAX_TAG_LENGTH} characters.")
    distinct = {tag for tag in tags if isinstance(tag, str)}
    if len(distinct) > MAX_TAGS:
        raise InvalidValue("/tags", f"A record has at most {MAX_TAGS} tags; these are {len(distinct)}.")
    return tuple(sorted(distinct))


@dataclass(frozen=True, slots=True, kw_only=True)
class Precondition:
    """What must be true of the version of something for a write to go ahead (RFC 9110, section 13.1).

    Attributes:
        match: The versions of which it must have one; `*` is any, so it must exist.
        none_match: The versions of which it must have none; `*` is any, so it must not exist.
    """

    match: frozenset[int] | Literal["*"] | None = None
    none_match: frozenset[int] | Literal["*"] | None = None

    def check(self, what: UUID | str, version: int | None) -> None:
        """Makes sure that what is at this version (None: it does not exist) may be written.

        Args:
            what: A record's id, or the words for something else, for the error.
            version: What it is at.

        Raises:
            PreconditionFailed: It may not.
        """
        if not (self._matches(version) and self._none_matches(version)):
            raise PreconditionFailed(what, version)

    def check_match(self, what: UUID | str, version: int) -> None:
        """Makes sure that it is at a version that it must have; for readers, who look at the others later.

        Raises:
            PreconditionFailed: It is not.
        """
        if not self._matches(version):
            raise PreconditionFailed(what, version)

    def forbids(self, version: int) -> bool:
        """Tells whether the record is at a version that it must not have: to a reader, one that it holds already."""
        return not self._none_matches(version)

    def _matches(self, version: int | None) -> bool:
        return self.match is None or (version is not None and (self.match == "*" or version in self.match))

    def _none_matches(self, version: int | None) -> bool:
        return self.none_match is None or version is None or not (self.none_match == "*" or version in self.none_match)


ANY_STATE: Final = Precondition()


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…")
