"""What the read side asks PostgreSQL."""

from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager

import pytest

from datastore_service.infrastructure.database.engine.pool import Rows
from datastore_service.infrastructure.database.engine.pools import Engines


@contextmanager
def statements_of(engines: Engines) -> Generator[list[str]]:
    """Collects the statements that queries are answered from."""
    found: list[str] = []

    def collecting(fetch: Callable[[str, Sequence[object]], Awaitable[Rows]]) -> Callable[..., Awaitable[Rows]]:
        async def collect(text: str, arguments: Sequence[object]) -> Rows:
            found.append(text)
            return await fetch(text, arguments)

        return collect

    with pytest.MonkeyPatch.context() as patch:
        for pool in (engines.read, engines.planning, engines.keyed, engines.lists):
            patch.setattr(pool, "fetch", collecting(pool.fetch))
        yield found
