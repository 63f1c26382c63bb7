"""What is kept of what was made, and how much of it."""

from itertools import count

from datastore_service.infrastructure.database.engine.statement_cache import StatementCache


def test_what_is_short_is_kept_in_greater_numbers_than_what_is_long() -> None:
    made = count()
    shelf = StatementCache[int, int](lambda _: next(made))

    for is_long, kept in ((False, 512), (True, 16)):
        first = [shelf.get(key, is_long=is_long) for key in range(kept)]
        assert [shelf.get(key, is_long=is_long) for key in range(kept)] == first
        shelf.get(kept, is_long=is_long)
        assert shelf.get(0, is_long=is_long) not in first


def test_long_ones_push_no_short_ones_out() -> None:
    made = count()
    shelf = StatementCache[int, int](lambda _: next(made))
    short = shelf.get(0, is_long=False)

    for key in range(1000):
        shelf.get(key, is_long=True)

    assert shelf.get(0, is_long=False) == short
