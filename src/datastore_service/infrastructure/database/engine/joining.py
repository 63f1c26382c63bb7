"""Statements that run in their own transaction, or in the transaction that is open around them."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_open: Final[ContextVar[AsyncConnection | None]] = ContextVar("connection of the open transaction", default=None)


@contextmanager
def joinable(connection: AsyncConnection) -> Generator[None]:
    """Lets `joined` find the connection of a transaction."""
    token = _open.set(connection)
    try:
        yield
    finally:
        _open.reset(token)


@asynccontextmanager
async def joined(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    """Yields the connection of the transaction that is open here; without one, begins one and commits it."""
    surrounding = _open.get()
    if surrounding is not None and surrounding.engine is engine:
        yield surrounding
    else:
        async with engine.begin() as connection:
            yield connection
