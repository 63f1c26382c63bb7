"""What would come of another schema for a collection: the answer of a check, and why a change is refused."""

from collections.abc import Collection as AnyCollection
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson

from datastore_service.application.times import timestamp
from datastore_service.application.views import JsonText
from datastore_service.domain.typed.changes import Change, Effect, Verdict, breaks
from datastore_service.domain.typed.errors import Flaw
from datastore_service.domain.typed.model import Note

MOST_SAMPLES: Final = 10
"""How many of the documents that do not fit are told."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A document that does not fit, with JSON Pointers into it and what is wrong there."""

    id: UUID
    version: int
    errors: Sequence[tuple[str, str]]


@dataclass(slots=True, kw_only=True)
class DocumentsReport:
    """How the documents of a collection fit a schema.

    Attributes:
        checked: How many were looked at.
        misfits: How many of them do not fit.
        samples: The first few of those.
        as_of: The time at which the documents were so; None if there was nothing to look at.
    """

    checked: int = 0
    misfits: int = 0
    samples: list[Misfit] = field(default_factory=list[Misfit])
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionReport:
    """What would come of a change.

    Attributes:
        claimed: The names that the collection would have in GraphQL, sorted; empty without types.
        taken: Those of them that something else has.
        notes: What of the schema would have no type.
        seconds: How long the check took.
    """

    verdict: Verdict
    changes: Sequence[Change]
    documents: DocumentsReport
    claimed: Sequence[str] = ()
    taken: Sequence[Flaw] = ()
    notes: Sequence[Note] = ()
    seconds: float

    def text(self) -> JsonText:
        """Returns the report as clients see it."""
        documents = self.documents
        members = {
            "verdict": self.verdict,
            "changes": [asdict(change) for change in self.changes],
            "documents": {
                "checked": documents.checked,
                "misfits": documents.misfits,
                "samples": [
                    {
                        "id": str(misfit.id),
                        "version": misfit.version,
                        "errors": [{"pointer": pointer, "detail": detail} for pointer, detail in misfit.errors],
                    }
                    for misfit in documents.samples
                ],
                "as_of": documents.as_of and timestamp(documents.as_of),
            },
            "names": {"claimed": self.claimed, "taken": [asdict(flaw) for flaw in self.taken]},
            "notes": [asdict(note) for note in self.notes],
            "seconds": round(self.seconds, 3),
        }
        return JsonText(orjson.dumps(members).decode())

    def why_refused(self, allow: AnyCollection[Effect]) -> str:
        """Says for a person why the change cannot be made."""
        documents, breaking = self.documents, [change for change in self.changes if breaks(change, allow)]
        reasons: list[str] = []
        if documents.misfits:
            reasons.append(f"Records that do not fit: {documents.misfits} of {documents.checked}.")
        if self.verdict == "refused" and breaking:
            first = breaking[0]
            place = first.member or first.pointer or "the payload"
            reasons.append(
                f"Changes that break clients: {len(breaking)}, such as {first.kind} at {place}. {first.help}"
            )
        return " ".join(reasons) or "It is not known yet whether the records fit; the report says why."
