"""The application and its door for REST: `uvicorn bench.plain.app:app`."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from bench.plain import door, store
from bench.plain.tables import Record


class Content(BaseModel):
    """What a record is to hold."""

    collection: str
    payload: Any
    tags: list[str] = []


class Body(Content):
    """A record."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    created_at: datetime
    updated_at: datetime


class Page(BaseModel):
    """A page of records."""

    items: list[Body]
    next_cursor: UUID | None


type Session = Annotated[AsyncSession, Depends(store.session)]
app = FastAPI()
app.include_router(door.router, prefix="/graphql")


@app.post("/records", status_code=201, response_model=Body)
async def create_record(content: Content, session: Session) -> Record:
    record = store.add(session, content.collection, content.payload, content.tags)
    await session.commit()
    return record


@app.put("/records/{record_id}", response_model=Body)
async def replace_record(record_id: UUID, content: Content, session: Session) -> Record:
    record = await session.get(Record, record_id, with_for_update=True)
    if record is None:
        raise HTTPException(404)
    store.change(session, record, content.payload, content.tags)
    await session.commit()
    return record


@app.post("/batch", response_model=list[Body])
async def create_records(contents: list[Content], session: Session) -> list[Record]:
    records = [store.add(session, content.collection, content.payload, content.tags) for content in contents]
    await session.commit()
    return records


@app.get("/records/{record_id}", response_model=Body)
async def get_record(record_id: UUID, session: Session) -> Record:
    record = await session.get(Record, record_id)
    if record is None:
        raise HTTPException(404)
    return record


@app.get("/records", response_model=Page)
async def list_records(
    session: Session,
    collection: str | None = None,
    city: str | None = None,
    cursor: UUID | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    found, has_next = await store.page(session, collection, city, cursor, limit)
    return {"items": found, "next_cursor": found[-1].id if has_next else None}
