"""Imports: what is read, who is told, and how far each has come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, Self
from uuid import UUID

from datastore_service.domain.errors import DomainError
from datastore_service.domain.records.content import GivenContent
from datastore_service.domain.records.values import DEFAULT_COLLECTION


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A line of an import.

    Attributes:
        number: Its number, counted from 1.
        content: Its content, in the form that the `LineReader` of the import takes.
        said: The bytes that the digest of the import is computed from.
    """

    number: int
    content: Any
    said: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(GivenContent):
    """A record to be stored, as one line describes it."""

    id: UUID | None = None
    collection: str = DEFAULT_COLLECTION


class LineReader(Protocol):
    """Reads lines of one format."""

    def read(self, line: ImportLine, /) -> Draft:
        """Returns the record that the line describes.

        Raises:
            DomainError: The line does not have this format.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A line that is not stored, and why."""

    line: ImportLine
    error: DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgress:
    """How far an import has come.

    Attributes:
        lines: The number of the last line that is dealt with.
        created: How many lines have become new records.
        replaced: How many have replaced what a record held.
        skipped: How many were passed over since their ids are taken.
        rejected: How many could not be stored.
        finished: Whether it has come to its end.
        resumed_after: The last line that had been dealt with when it was begun this time.
        digest: A SHA-256 digest of the lines up to `lines`; empty if it is not known.
    """

    lines: int = 0
    created: int = 0
    replaced: int = 0
    skipped: int = 0
    rejected: int = 0
    finished: bool = False
    resumed_after: int = 0
    digest: str = ""

    def after(self, *, lines: int, digest: str, created: int, replaced: int, skipped: int, rejected: int) -> Self:
        """Returns how far it is after another part, whose last line is `lines`."""
        return replace(
            self,
            lines=lines,
            digest=digest,
            created=self.created + created,
            replaced=self.replaced + replaced,
            skipped=self.skipped + skipped,
            rejected=self.rejected + rejected,
        )


class ImportObserver(Protocol):
    """Is told how an import goes."""

    async def rejected(self, rejections: Sequence[Rejection], /) -> None:
        """Hears which lines of a part are not stored; after an interruption it may hear of the same lines again."""
        ...

    async def advanced(self, progress: ImportProgress, /) -> None:
        """Hears how far the import is, each time that something is durable."""
        ...


class SilentObserver:
    """Ignores the progress."""

    async def rejected(self, rejections: Sequence[Rejection], /) -> None:
        pass

    async def advanced(self, progress: ImportProgress, /) -> None:
        pass


class ImportRepository(Protocol):
    """How far the named imports have come."""

    async def begin(self, name: str, marks: Sequence[str], at: datetime, /, *, again: bool = False) -> ImportProgress:
        """Returns how far the import of this name has come: nowhere if it is new.

        Args:
            name: The name of the import.
            marks: The marks that it may have. A new import is stored with the first one.
            at: The time.
            again: Whether a finished import begins anew.

        Raises:
            ImportNameTaken: It was begun with another mark.
        """
        ...

    async def rename(self, former_name: str, name: str, marks: Sequence[str], /) -> None:
        """Gives an import of an earlier release, which kept no digest, the name that this release has for it.

        Does nothing if there is no such import, if it was begun with none of the marks, or if the name is in use.
        """
        ...

    async def advance(self, name: str, before: ImportProgress, after: ImportProgress, at: datetime, /) -> None:
        """Stores the new progress of the import, as a part of the unit of work.

        Raises:
            ImportSuperseded: The stored progress is not `before`: another client continues the same import.
        """
        ...
