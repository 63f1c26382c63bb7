"""Full-text search: the words of payloads, what is searched for, and how well they go together."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import REAL, Boolean, ColumnElement, func, literal_column


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for.

    Attributes:
        words: Stands for them as the client has written them (PostgreSQL's websearch_to_tsquery).
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
        return func.websearch_to_tsquery(self._configuration, self.words)

    @property
    def _configuration(self) -> ColumnElement[Any]:
        if not self.language.isidentifier() or not self.language.isascii():
            raise ValueError(f"{self.language!r} is no text search configuration.")
        return literal_column(f"'{self.language}'::regconfig")
