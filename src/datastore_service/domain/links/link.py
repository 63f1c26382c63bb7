"""The link, and the rule for what a relation may be called."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Self
from uuid import UUID

from datastore_service.domain.errors import InvalidValue

RELATION_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,127}$"

type OnDelete = Literal["restrict", "detach"]
"""What becomes of the links to a record that is to be deleted: they forbid it, or they go with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """That `source` stands in `relation` to `target`; between two records each relation is there once, or not.

    Both are records and no tombstones: a link ends with either of them.

    Attributes:
        id: Grows with the time of the making; lists of links are in its order.
    """

    id: UUID
    source: UUID
    relation: str
    target: UUID
    created_at: datetime

    @classmethod
    def create(cls, link_id: UUID, *, source: UUID, relation: str, target: UUID, at: datetime) -> Self:
        """Makes a link.

        Raises:
            InvalidValue: The relation's name breaks a rule.
        """
        return cls(id=link_id, source=source, relation=relation_name(relation), target=target, created_at=at)


def is_relation_name(name: str) -> bool:
    """Tells whether a relation may be called so."""
    return re.fullmatch(RELATION_PATTERN.removesuffix("$"), name) is not None


def relation_name(name: str, pointer: str = "/relation") -> str:
    """Returns the name of a relation, which is safe in a URL as it stands.

    Args:
        name: The name.
        pointer: JSON Pointer to it, for the error.

    Raises:
        InvalidValue: It does not match `RELATION_PATTERN`.
    """
    if not is_relation_name(name):
        raise InvalidValue(
            pointer,
            f"{name[:80]!r} is no name for a relation: 1 to 128 letters, digits, '_', '-' and '.', "
            "the first one a letter or digit.",
        )
    return name
