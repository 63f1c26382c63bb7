"""What the read side asks PostgreSQL."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

import pytest

from datastore_service.infrastructure.database.engine import Engines
from datastore_service.infrastructure.database.pool import Rows


@contextmanager
def statements_of(engines: Engines) -> Generator[list[str]]:
    """Collects the statements that queries are answered from."""
    found: list[str] = []

    fetch = engines.read.fetch

    async def collect(text: str, arguments: Sequence[object]) -> Rows:
        found.append(text)
        return await fetch(text, arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines.read, "fetch", collect)
        yield found
