"""How far imports have come, in their table."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.errors import ImportNameTaken, ImportSuperseded
from datastore_service.application.ports.imports import ImportProgress
from datastore_service.infrastructure.database.models import ImportRow

_imports = ImportRow.__table__


class SqlImportRepository:
    """The imports as one transaction sees them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self, name: str, mark: str, at: datetime, /) -> ImportProgress:
        new = insert(_imports).values(name=name, mark=mark, begun_at=at, updated_at=at)
        await self._connection.execute(new.on_conflict_do_nothing(index_elements=[_imports.c.name]))
        row = (await self._connection.execute(select(_imports).where(_imports.c.name == name))).one()
        if row.mark != mark:
            raise ImportNameTaken(name)
        return ImportProgress(
            lines=row.lines,
            created=row.created,
            replaced=row.replaced,
            skipped=row.skipped,
            rejected=row.rejected,
            finished=row.finished,
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
                updated_at=at,
            )
            .returning(_imports.c.name)
        )
        if advanced.one_or_none() is None:
            raise ImportSuperseded(name)
