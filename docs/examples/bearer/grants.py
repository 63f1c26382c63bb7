"""What the scopes of a token grant."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self, cast

from datastore_service.application.errors import Forbidden
from datastore_service.application.read.collection_scope import CollectionScope
from datastore_service.application.request_context import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """What somebody may do: `read:NAME`, `write:NAME` which implies it, `read:*`, `write:*`, and `admin`.

    Attributes:
        reads: The collections that he may read; None is all.
        writes: Those that he may write; None is all.
        everything: Whether he may do whatever there is.
    """

    reads: CollectionScope
    writes: CollectionScope
    everything: bool

    @classmethod
    def of(cls, actor: Actor) -> Self:
        """Returns what an actor may do."""
        scopes = cast("frozenset[str]", actor.claims.get("scopes", frozenset[str]()))
        return cls(
            reads=_named(scopes, ("read", "write")), writes=_named(scopes, ("write",)), everything="admin" in scopes
        )

    def expect_reads(self, collection: str) -> None:
        """Makes sure that the collection may be read.

        Raises:
            Forbidden: It may not.
        """
        if self.reads is not None and collection not in self.reads:
            raise Forbidden(f"Reading the collection {collection!r} is not granted.")

    def expect_writes(self, collection: str) -> None:
        """Makes sure that the collection may be written.

        Raises:
            Forbidden: It may not.
        """
        if self.writes is not None and collection not in self.writes:
            raise Forbidden(f"Writing to the collection {collection!r} is not granted.")


def _named(scopes: Collection[str], verbs: Collection[str]) -> CollectionScope:
    split = [scope.partition(":") for scope in scopes]
    names = frozenset(name for verb, _, name in split if verb in verbs)
    return None if "*" in names else names
