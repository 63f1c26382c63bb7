"""A commit that somebody cuts short, or that the database does not answer."""

import asyncio
from typing import cast

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.commits import count_commits
from datastore_service.application.errors import StoreUnavailable
from datastore_service.infrastructure.database.write.transaction import SqlTransaction
from tests.fakes.clock import TickingClock
from tests.fakes.identifiers import CountingIds


class SlowConnection:
    """A connection whose commit takes until it is told how it ends."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.outcome = asyncio.get_running_loop().create_future()

    async def commit(self) -> None:
        self.begun.set()
        await self.outcome


def transaction(connection: SlowConnection) -> SqlTransaction:
    return SqlTransaction(cast("AsyncConnection", connection), CountingIds(), TickingClock().now())


async def test_who_cancels_a_commit_is_too_late() -> None:
    commits = count_commits()
    connection = SlowConnection()
    committing = asyncio.ensure_future(transaction(connection).commit())
    await connection.begun.wait()

    committing.cancel()
    await asyncio.sleep(0)
    connection.outcome.set_result(None)
    await committing

    assert commits.made == 1


@pytest.mark.parametrize("cut_short", [True, False])
async def test_says_that_the_outcome_is_unknown_when_the_database_goes_away(*, cut_short: bool) -> None:
    commits = count_commits()
    connection = SlowConnection()
    committing = asyncio.ensure_future(transaction(connection).commit())
    await connection.begun.wait()

    if cut_short:
        committing.cancel()
        await asyncio.sleep(0)
    connection.outcome.set_exception(ConnectionResetError())

    with pytest.raises(StoreUnavailable, match="Whether the change was made is not known"):
        await committing
    assert commits.made == 0
