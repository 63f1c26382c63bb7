"""How far imports have come, in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from datastore_service.application.errors import ImportNameTaken, ImportSuperseded
from datastore_service.application.write.ports.imports import ImportProgress

type KnownImport = tuple[str, ImportProgress]


class InMemoryImportRepository:
    """The imports as one unit of work sees them."""

    def __init__(self, committed: Mapping[str, KnownImport]) -> None:
        self._committed = committed
        self.changed: dict[str, KnownImport | None] = {}

    async def begin(
        self,
        name: str,
        marks: Sequence[str],
        at: datetime,  # noqa: ARG002 - the port's
        /,
        *,
        again: bool = False,
    ) -> ImportProgress:
        mark, progress = self._known(name) or (marks[0], ImportProgress())
        if mark not in marks:
            raise ImportNameTaken(name)
        if again and progress.finished:
            mark, progress = marks[0], ImportProgress()
        self.changed[name] = (mark, progress)
        return progress

    async def rename(self, former_name: str, name: str, marks: Sequence[str], /) -> None:
        former = self._known(former_name)
        if former and former[0] in marks and not former[1].digest and not self._known(name):
            self.changed |= {former_name: None, name: former}

    async def advance(
        self,
        name: str,
        before: ImportProgress,
        after: ImportProgress,
        at: datetime,  # noqa: ARG002 - the port's
        /,
    ) -> None:
        known = self._known(name)
        if known is None or (known[1].lines, known[1].finished) != (before.lines, before.finished):
            raise ImportSuperseded(name)
        self.changed[name] = (known[0], after)

    def _known(self, name: str) -> KnownImport | None:
        return self.changed[name] if name in self.changed else self._committed.get(name)
