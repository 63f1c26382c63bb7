"""Ids that tests can rely on."""

from uuid import UUID


class CountingIds:
    """Makes 1, 2, 3 ... as UUIDs of version 7."""

    def __init__(self) -> None:
        self._count = 0

    def new_id(self) -> UUID:
        self._count += 1
        return UUID(int=(0x7 << 76) | (0x8 << 60) | self._count)
