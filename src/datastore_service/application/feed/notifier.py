"""A `ChangeNotifier` for one process."""

import asyncio


class LocalNotifier:
    """Wakes the followers in this process. Followers in other processes see changes when they next poll."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def notify(self) -> None:
        self._rung.set()

    async def wait(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True

    async def close(self) -> None:
        pass
