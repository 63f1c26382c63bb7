"""The progress of imports."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.errors import ImportNameTaken, ImportSuperseded
from datastore_service.application.write.ports.imports import ImportProgress
from datastore_service.infrastructure.database.schema.models import ImportRow

_imports = ImportRow.__table__

_NOTHING_DONE: Final = {
    "lines": 0,
    "created": 0,
    "replaced": 0,
    "skipped": 0,
    "rejected": 0,
    "finished": False,
    "digest": "",
}


class SqlImportRepository:
    """The imports in one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self, name: str, marks: Sequence[str], at: datetime, /, *, again: bool = False) -> ImportProgress:
        new = insert(_imports).values(name=name, mark=marks[0], begun_at=at, updated_at=at)
        await self._connection.execute(new.on_conflict_do_nothing(index_elements=[_imports.c.name]))
        known = select(_imports).where(_imports.c.name == name).with_for_update()
        row = (await self._connection.execute(known)).one()
        if row.mark not in marks:
            raise ImportNameTaken(name)
        if again and row.finished:
            await self._connection.execute(
                update(_imports).where(_imports.c.name == name).values(mark=marks[0], begun_at=at, **_NOTHING_DONE)
            )
            return ImportProgress()
        return ImportProgress(
            lines=row.lines,
            created=row.created,
            replaced=row.replaced,
            skipped=row.skipped,
            rejected=row.rejected,
            finished=row.finished,
            digest=row.digest,
        )

    async def rename(self, former_name: str, name: str, marks: Sequence[str], /) -> None:
        in_use = select(_imports.c.name).where(_imports.c.name == name)
        await self._connection.execute(
            update(_imports)
            .where(_imports.c.name == former_name, _imports.c.mark.in_(marks), _imports.c.digest == "")
            .where(~exists(in_use))
            .values(name=name)
        )

    async def advance(self, name: str, before: ImportProgress, after: ImportProgress, at: datetime, /) -> None:
        advanced = await self._connection.execute(
            update(_imports)
            .where(_imports.c.name == name, _imports.c.lines == before.lines, _imports.c.finished == before.finished)
            .values(
                lines=after.lines,
                created=after.created,
                replaced=after.replaced,
                skipped=after.skipped,
                rejected=after.rejected,
                finished=after.finished,
                digest=after.digest,
                updated_at=at,
            )
            .returning(_imports.c.name)
        )
        if advanced.one_or_none() is None:
            raise ImportSuperseded(name)
