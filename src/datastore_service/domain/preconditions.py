"""What a client expects of the state of something before it changes or reads it."""

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from datastore_service.domain.errors import PreconditionFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Precondition:
    """What must be true of the version of an aggregate for a request to go ahead (RFC 9110, section 13.1).

    Attributes:
        match: The versions of which it must have one; `*` is any, so it must exist.
        none_match: The versions of which it must have none; `*` is any, so it must not exist.
    """

    match: frozenset[int] | Literal["*"] | None = None
    none_match: frozenset[int] | Literal["*"] | None = None

    def check(self, kind: str, key: UUID | str, version: int | None) -> None:
        """Makes sure that an aggregate at this version may be written; None is the version of one that does not exist.

        Args:
            kind: What the aggregate is, for the message, such as `Record`.
            key: Its id or its name, for the message.
            version: The version that it is at.

        Raises:
            PreconditionFailed: It may not.
        """
        if not (self._matches(version) and self._none_matches(version)):
            raise PreconditionFailed(kind, key, version)

    def check_match(self, kind: str, key: UUID | str, version: int) -> None:
        """Makes sure that it is at a version that it must have; for readers, who look at the others later.

        Raises:
            PreconditionFailed: It is not.
        """
        if not self._matches(version):
            raise PreconditionFailed(kind, key, version)

    def forbids(self, version: int) -> bool:
        """Tells whether it is at a version that it must not have: to a reader, one that it holds already."""
        return not self._none_matches(version)

    def _matches(self, version: int | None) -> bool:
        return self.match is None or (version is not None and (self.match == "*" or version in self.match))

    def _none_matches(self, version: int | None) -> bool:
        return self.none_match is None or version is None or not (self.none_match == "*" or version in self.none_match)


ANY_STATE: Final = Precondition()
