"""What is wrong with a schema and what has no type in it, gathered on one walk, so that a client sees all at once."""

from dataclasses import dataclass, field

from datastore_service.domain.typed.errors import Flaw, KeywordInvalid, NameInvalid, SchemaTooLarge
from datastore_service.domain.typed.model import Note


@dataclass(slots=True)
class Findings:
    """What a walk has found."""

    keywords: list[Flaw] = field(default_factory=list[Flaw])
    names: list[Flaw] = field(default_factory=list[Flaw])
    sizes: list[Flaw] = field(default_factory=list[Flaw])
    notes: list[Note] = field(default_factory=list[Note])

    def keyword(self, pointer: str, detail: str) -> None:
        """Notes a keyword that is refused; the pointer is into the schema."""
        self.keywords.append(Flaw(f"/schema{pointer}", detail))

    def name(self, pointer: str, detail: str) -> None:
        """Notes a name that is refused; the pointer is from the top of the body."""
        self.names.append(Flaw(pointer, detail))

    def note(self, pointer: str, detail: str) -> None:
        """Notes something that has no type; the pointer is into the schema."""
        if (found := Note(pointer, detail)) not in self.notes:
            self.notes.append(found)

    def refuse(self) -> None:
        """Ends here if something is wrong.

        Raises:
            KeywordInvalid: A keyword is.
            SchemaTooLarge: The schema is too large.
            NameInvalid: A name is.
        """
        for flaws, error in (
            (self.keywords, KeywordInvalid),
            (self.sizes, SchemaTooLarge),
            (self.names, NameInvalid),
        ):
            if flaws:
                raise error(flaws)
