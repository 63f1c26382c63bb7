"""The door for GraphQL."""

from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry
from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.fastapi import GraphQLRouter
from strawberry.scalars import JSON
from strawberry.types import Info

from bench.plain import store, tables


def _session(info: Info[Any, Any]) -> AsyncSession:
    return cast("AsyncSession", info.context["session"])


@strawberry.type
class Record:
    """A record."""

    id: UUID
    collection: str
    version: int
    payload: JSON
    tags: list[str]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, record: tables.Record) -> "Record":
        """Makes it from the row."""
        return cls(
            id=record.id,
            collection=record.collection,
            version=record.version,
            payload=record.payload,
            tags=record.tags,
            created_at=record.created_at,
            updated_at=record.updated_at,
        )

    @strawberry.field
    async def links(self, info: Info[Any, Any], relation: str, first: int) -> list["Record"]:
        return [Record.of(each) for each in await store.linked(_session(info), self.id, relation, first)]


@strawberry.type
class PageInfo:
    """Where a page lies."""

    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class RecordConnection:
    """A page of records."""

    nodes: list[Record]
    page_info: PageInfo


@strawberry.type
class Query:
    """What can be read."""

    @strawberry.field
    async def record(self, info: Info[Any, Any], id: UUID) -> Record | None:  # noqa: A002 - the schema names it
        found = await _session(info).get(tables.Record, id)
        return None if found is None else Record.of(found)

    @strawberry.field
    async def records(
        self,
        info: Info[Any, Any],
        collection: str,
        first: int,
        city: str | None = None,
        after: UUID | None = None,
    ) -> RecordConnection:
        found, has_next = await store.page(_session(info), collection, city, after, first)
        end = str(found[-1].id) if found else None
        return RecordConnection(
            nodes=[Record.of(each) for each in found],
            page_info=PageInfo(has_next_page=has_next, end_cursor=end),
        )


@strawberry.input
class NewRecord:
    """A record to create."""

    collection: str
    payload: JSON
    tags: list[str] = strawberry.field(default_factory=list[str])


@strawberry.type
class Mutation:
    """What can be changed."""

    @strawberry.mutation
    async def create_record(self, info: Info[Any, Any], input: NewRecord) -> Record:  # noqa: A002 - the schema names it
        session = _session(info)
        record = store.add(session, input.collection, input.payload, input.tags)
        await session.commit()
        return Record.of(record)


async def context(session: Annotated[AsyncSession, Depends(store.session)]) -> dict[str, AsyncSession]:
    """Returns what resolvers work with."""
    return {"session": session}


schema = strawberry.Schema(Query, Mutation, extensions=[ParserCache, ValidationCache])
router = GraphQLRouter[Any, Any](schema, context_getter=context)
