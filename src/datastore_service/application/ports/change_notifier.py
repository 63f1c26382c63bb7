"""The port that tells followers that the change log has grown."""

from typing import Protocol


class ChangeNotifier(Protocol):
    """Tells the followers in all processes that something was committed; now and then it may fail to."""

    def notify(self) -> None:
        """Tells of a commit; returns at once and never raises."""
        ...

    async def wait(self, seconds: float) -> bool:
        """Waits until there is a notification, or was one since the last call, for at most so many seconds.

        Returns:
            Whether there was one.
        """
        ...

    async def close(self) -> None:
        """Lets go of what it holds."""
        ...
