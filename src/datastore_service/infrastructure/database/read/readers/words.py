"""Full-text search: the words of payloads, the search, and the relevance."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import REAL, Boolean, ColumnElement, func, literal_column

from datastore_service.application.read.criteria.words import Phrase, read_search


@dataclass(frozen=True, slots=True)
class Search:
    """A search.

    Attributes:
        words: The SQL for the result of `websearch`.
        language: The text search configuration, a setting: it is a constant in SQL, as in the index.
    """

    words: ColumnElement[str]
    language: str

    def finds(self, payload: ColumnElement[Any]) -> ColumnElement[bool]:
        """Returns the condition that a payload matches."""
        return self._words_of(payload).op("@@", return_type=Boolean())(self._wanted())

    def relevance(self, payload: ColumnElement[Any]) -> ColumnElement[float]:
        """Returns the relevance of a payload, which depends only on the payload and the words."""
        return func.ts_rank(self._words_of(payload), self._wanted(), type_=REAL)

    def _words_of(self, payload: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.datastore_words(self._configuration, payload)

    def _wanted(self) -> ColumnElement[Any]:
        return func.datastore_query(self._configuration, self.words)

    @property
    def _configuration(self) -> ColumnElement[Any]:
        if not self.language.isidentifier() or not self.language.isascii():
            raise ValueError(f"{self.language!r} is not a text search configuration.")
        return literal_column(f"'{self.language}'::regconfig")


def websearch(written: str | None) -> str:
    """Returns a client's search in the syntax of websearch_to_tsquery: each phrase in quotation marks."""
    return " or ".join(" ".join(map(_quoted, phrases)) for phrases in read_search(written or ""))


def _quoted(phrase: Phrase) -> str:
    return f'{"" if phrase.wanted else "-"}"{phrase.words}"'
