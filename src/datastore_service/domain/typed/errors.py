"""Why a schema cannot be the type of a collection."""

from collections.abc import Sequence
from dataclasses import dataclass

from datastore_service.domain.errors import DomainError


@dataclass(frozen=True, slots=True, order=True)
class Flaw:
    """What is wrong with one part of the body that sets a schema.

    Attributes:
        pointer: JSON Pointer from the top of the body: it begins with `/schema` or `/api`.
        detail: One sentence for a person, which says what is wrong and what helps.
        owner: What has the name, if it is taken: `Datastore`, or a collection and the place in its body.
    """

    pointer: str
    detail: str
    owner: str | None = None


class _Flawed(Exception):
    """Bad parts, all of one kind; the detail is that of the first."""

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__(flaws[0].detail)
        # In lists, as a stored response has them.
        self.parts: Sequence[Sequence[str | None]] = [[each.pointer, each.detail, each.owner] for each in flaws]

    @property
    def flaws(self) -> Sequence[Flaw]:
        """At least one."""
        return [Flaw(str(pointer), str(detail), owner) for pointer, detail, owner in self.parts]


class KeywordInvalid(_Flawed, DomainError):
    """A keyword has a value that it does not take, or stands where it has no meaning."""

    code = "keyword_invalid"


class NameInvalid(_Flawed, DomainError):
    """A name is no GraphQL name, or is reserved."""

    code = "name_invalid"


class NameTaken(_Flawed, DomainError):
    """Two things would have one name."""

    code = "name_taken"


class SchemaTooLarge(_Flawed, DomainError):
    """A schema has more types, members or rules than a collection may have."""

    code = "schema_too_large"
