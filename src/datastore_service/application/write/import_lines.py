"""The lines of an import: which of them are left to be stored, and when others get their turn between them."""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Final

from datastore_service.application.errors import ImportNameTaken
from datastore_service.application.write.ports.imports import ImportLine, ImportProgress

_BYTES_AT_A_TIME: Final = 64 * 1024
"""Bytes of lines that are read, or made into records, before others get their turn: a few milliseconds."""
_BYTES_OF_A_LINE: Final = 320
"""What a line counts for at least."""


class Turns:
    """Gives others their turn whenever some bytes of lines have been worked on."""

    def __init__(self) -> None:
        self._bytes = 0

    async def taken(self, line: ImportLine) -> None:
        """Waits before the line for others, if it is their turn."""
        if self._bytes >= _BYTES_AT_A_TIME:
            self._bytes = 0
            await asyncio.sleep(0)
        self._bytes += _BYTES_OF_A_LINE + len(line.said)


class LinesAfter:
    """Knows the lines that an import has dealt with before, and makes sure that those of its source are the same."""

    def __init__(self, progress: ImportProgress, name: str | None) -> None:
        self._name = name
        self._done = progress.lines
        self._expected = progress.digest
        self._said = hashlib.sha256()
        self._is_known = not progress.lines

    @property
    def digest(self) -> str:
        """What the lines up to here have said."""
        return "" if self._name is None else self._said.hexdigest()

    def of(self, lines: Sequence[ImportLine]) -> Sequence[ImportLine]:
        """Returns those of the lines that are not dealt with yet.

        Raises:
            ImportNameTaken: The others are not those that were dealt with.
        """
        if self._name is None:
            return lines
        left: list[ImportLine] = []
        for line in lines:
            if line.number > self._done:
                self.expect_known()
                left.append(line)
            said = line.said.rstrip(b"\r\n")
            self._said.update(b"%d %d " % (line.number, len(said)))
            self._said.update(said)
            if line.number == self._done:
                self._is_known = self._expected in ("", self.digest)
        return left

    def expect_known(self) -> None:
        """Makes sure that all lines that were dealt with have come again.

        Raises:
            ImportNameTaken: They have not.
        """
        if not self._is_known and self._name is not None:
            raise ImportNameTaken(self._name)
