"""Full-text search: the words of payloads, what is searched for, and how well they go together."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import REAL, Boolean, ColumnElement, func, literal_column

from datastore_service.application.read.criteria.words import Phrase, read_search


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for.

    Attributes:
        words: Stands for what `websearch` makes of them.
        language: The text search configuration, a setting: in SQL it is a constant, as it is in the index.
    """

    words: ColumnElement[str]
    language: str

    def finds(self, payload: ColumnElement[Any]) -> ColumnElement[bool]:
        """Tells which payloads have the words."""
        return self._words_of(payload).op("@@", return_type=Boolean())(self._wanted())

    def relevance(self, payload: ColumnElement[Any]) -> ColumnElement[float]:
        """Returns how well a payload goes with them: it depends on nothing but the two."""
        return func.ts_rank(self._words_of(payload), self._wanted(), type_=REAL)

    def _words_of(self, payload: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.datastore_words(self._configuration, payload)

    def _wanted(self) -> ColumnElement[Any]:
        return func.datastore_query(self._configuration, self.words)

    @property
    def _configuration(self) -> ColumnElement[Any]:
        if not self.language.isidentifier() or not self.language.isascii():
            raise ValueError(f"{self.language!r} is no text search configuration.")
        return literal_column(f"'{self.language}'::regconfig")


def websearch(written: str | None) -> str:
    """Returns what a client searches for as websearch_to_tsquery reads it: each phrase in quotation marks."""
    return " or ".join(" ".join(map(_quoted, phrases)) for phrases in read_search(written or ""))


def _quoted(phrase: Phrase) -> str:
    return f'{"" if phrase.wanted else "-"}"{phrase.words}"'
