"""The lines of an import: which of them are still to be stored, and when the event loop runs other tasks."""

import asyncio
import hashlib
import time
from collections.abc import Sequence
from typing import Final

from datastore_service.application.errors import ImportNameTaken
from datastore_service.application.write.ports.imports import ImportLine, ImportProgress

_SECONDS_AT_A_TIME: Final = 0.005
"""For how long lines are processed before other tasks run."""


class Turns:
    """Lets the event loop run other tasks each time that lines have been processed for a while."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    async def taken(self) -> None:
        """Lets other tasks run before the next line, if it is their turn."""
        if time.monotonic() - self._since >= _SECONDS_AT_A_TIME:
            await asyncio.sleep(0)
            self._since = time.monotonic()


class LinesAfter:
    """Skips the lines that an import has already processed, and checks that the source still has the same ones."""

    def __init__(self, progress: ImportProgress, name: str | None) -> None:
        self._name = name
        self._done = progress.lines
        self._expected = progress.digest
        self._said = hashlib.sha256()
        self._is_known = not progress.lines

    @property
    def digest(self) -> str:
        """A SHA-256 digest of the lines up to here; empty if the import has no name."""
        return "" if self._name is None else self._said.hexdigest()

    def of(self, lines: Sequence[ImportLine]) -> Sequence[ImportLine]:
        """Returns the lines that are not processed yet.

        Raises:
            ImportNameTaken: The lines before them differ from those that the import has processed.
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
        """Checks that the source has repeated all lines that the import has processed.

        Raises:
            ImportNameTaken: It has not, or the lines differ.
        """
        if not self._is_known and self._name is not None:
            raise ImportNameTaken(self._name)
