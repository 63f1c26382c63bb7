"""What a person sees of imports and exports while they run, and what is written of rejected lines."""

import os
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import IO, Self

import orjson
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from datastore_service.api.routes.bulk.lines import TooLong
from datastore_service.application.write.ports.imports import ImportProgress, Rejection


class ProgressBar:
    """A bar on the standard error, where that is a terminal: how much, how fast, how long still."""

    def __init__(self, total: int | None) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            BarColumn(),
            DownloadColumn() if total else TextColumn("{task.completed:,.0f} bytes"),
            TextColumn("{task.fields[records]:,} records"),
            TextColumn("{task.fields[rate]:,.0f}/s"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task: TaskID = self._progress.add_task("", total=total, records=0, rate=0.0)
        self._since = perf_counter()
        self._records = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def moved(self, size: int) -> None:
        """Shows that so many more bytes have passed."""
        self._progress.advance(self._task, size)

    def counted(self, records: int) -> None:
        """Shows that so many records more have passed."""
        self._records += records
        self._progress.update(self._task, records=self._records, rate=self.rate)

    @property
    def rate(self) -> float:
        """Records a second since the start."""
        return self._records / max(perf_counter() - self._since, 1e-6)


class RejectsFile:
    """Takes the rejected lines, each with its number, its reason and its content; it is made by the first."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: IO[bytes] | None = None

    def add(self, rejection: Rejection) -> None:
        # It needs the whole of REST's errors, and most imports have no rejected line.
        from datastore_service.api.routes.bulk.reports import rejected_line  # noqa: PLC0415 - as above

        self._file = self._file or self.path.open("ab")
        content = rejection.line.content
        said = None if isinstance(content, TooLong) else content.decode("utf-8", "backslashreplace").rstrip("\r\n")
        self._file.write(orjson.dumps({**rejected_line(rejection), "content": said}) + b"\n")
        self.count += 1

    def keep(self) -> None:
        """Makes what was added durable."""
        if self._file:
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        if self._file:
            self._file.close()


class ImportDisplay:
    """Hears how an import goes, shows it, and writes down what is rejected."""

    def __init__(self, bar: ProgressBar, rejects: RejectsFile) -> None:
        self._bar = bar
        self._rejects = rejects
        self._lines: int | None = None

    async def rejected(self, rejections: Sequence[Rejection], /) -> None:
        for rejection in rejections:
            self._rejects.add(rejection)
        self._rejects.keep()

    async def advanced(self, progress: ImportProgress, /) -> None:
        self._bar.counted(progress.lines - (progress.resumed_after if self._lines is None else self._lines))
        self._lines = progress.lines

    def summary(self, progress: ImportProgress) -> str:
        """Says in a few sentences what has come of the import."""
        if progress.lines == progress.resumed_after > 0:
            return (
                f"Nothing was done: these {progress.lines:,} lines were imported before, with the same options "
                f"({progress.created:,} created, {progress.replaced:,} replaced, {progress.skipped:,} skipped, "
                f"{progress.rejected:,} rejected). What has changed since stays as it is; "
                "to import them once more, add --again."
            )
        went_on = f" It went on after line {progress.resumed_after:,}." if progress.resumed_after else ""
        why = f" The reasons are in {self._rejects.path}." if self._rejects.count else ""
        return (
            f"{progress.lines:,} lines: {progress.created:,} created, {progress.replaced:,} replaced, "
            f"{progress.skipped:,} skipped, {progress.rejected:,} rejected ({self._bar.rate:,.0f} lines a second)."
            f"{went_on}{why}"
        )
