"""The values that a record is made of, and the rules for each."""

import re
from collections.abc import Sequence
from typing import Final

from datastore_service.domain.errors import InvalidValue
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


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…")
