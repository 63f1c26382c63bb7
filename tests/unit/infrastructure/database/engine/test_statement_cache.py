"""What is kept of what was made, and how much of it."""

from itertools import count
from threading import get_ident

from datastore_service.infrastructure.database.engine.statement_cache import StatementCache


async def test_what_is_short_is_kept_in_greater_numbers_than_what_is_long() -> None:
    made = count()
    shelf = StatementCache[int, int](lambda _: next(made))

    short = [shelf.short(key) for key in range(512)]
    assert [shelf.short(key) for key in range(512)] == short
    shelf.short(512)
    assert shelf.short(0) not in short

    long = [await shelf.long(key) for key in range(16)]
    assert [await shelf.long(key) for key in range(16)] == long
    await shelf.long(16)
    assert await shelf.long(0) not in long


async def test_long_ones_push_no_short_ones_out() -> None:
    made = count()
    shelf = StatementCache[int, int](lambda _: next(made))
    short = shelf.short(0)

    for key in range(50):
        await shelf.long(key)

    assert shelf.short(0) == short


async def test_long_ones_are_made_beside_the_event_loop() -> None:
    shelf = StatementCache[int, int](lambda _: get_ident())

    assert shelf.short(0) == get_ident()
    assert await shelf.long(0) != get_ident()
