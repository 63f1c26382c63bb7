"""What records hold: the members that clients set, and the rules for them. A new member is added here first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Any, Final, Self

from datastore_service.domain.immutable import immutable
from datastore_service.domain.json_value import Json, check_storable, same_json
from datastore_service.domain.records.values import tag_set


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenContent:
    """What a client wants a record to hold; the rules are not checked yet.

    Commands and drafts that set a record's content derive from it.
    """

    payload: Json
    tags: Sequence[object] = ()


class _PayloadText:
    """Keeps the text of a payload."""

    __slots__ = ("_text",)

    _text: str


@immutable
class Content(_PayloadText):
    """What a record holds.

    Attributes:
        tags: Sorted, each once.
    """

    payload: Json
    tags: tuple[str, ...]

    @classmethod
    def of(cls, given: "GivenContent | Content") -> Self:
        """Checks what is given.

        Raises:
            InvalidValue: A member breaks a rule.
        """
        check_storable(given.payload, "/payload")
        return cls(payload=given.payload, tags=tag_set(given.tags))

    def payload_text(self, write: Callable[[Json], bytes]) -> str:
        """Returns the payload as JSON text.

        It is written once, when it is needed first: a statement, a view and an event of one record share it.
        """
        if not hasattr(self, "_text"):
            self._text = write(self.payload).decode()
        return self._text

    @property
    def text_size(self) -> int:
        """The number of characters of that text; 0 if the payload was neither read nor written as text yet."""
        return len(self._text) if hasattr(self, "_text") else 0

    def with_text(self, text: str) -> Self:
        """Keeps the JSON text that the payload was read from, and returns the content itself."""
        self._text = text
        return self

    def document(self) -> dict[str, Json]:
        """Returns the JSON document that patches apply to."""
        return {"payload": self.payload, "tags": list(self.tags)}

    def is_same(self, other: "Content") -> bool:
        """Tells whether both are the same JSON, in which 1 and 1.0 are the same number."""
        return same_json(self.document(), other.document())


class HasContent:
    """Shows the members of the content as those of what holds it."""

    __slots__ = ()

    content: Content

    @property
    def payload(self) -> Json:
        return self.content.payload

    @property
    def tags(self) -> tuple[str, ...]:
        return self.content.tags


CONTENT_MEMBERS: Final = tuple(member.name for member in fields(GivenContent))
"""The names of the members, in the order in which messages list them."""

CONTENT_DEFAULTS: Final[Mapping[str, Any]] = {
    member.name: member.default for member in fields(GivenContent) if member.default is not MISSING
}
"""What a member is that was not given."""

CONTENT_NAMES: Final = " and ".join([", ".join(CONTENT_MEMBERS[:-1]), CONTENT_MEMBERS[-1]])
"""The same in words: `payload and tags`."""


def given_members(document: Mapping[str, Json]) -> dict[str, Any]:
    """Returns those members of a JSON document that set the content, as the arguments of a `GivenContent`."""
    return {name: document[name] for name in CONTENT_MEMBERS if name in document}
